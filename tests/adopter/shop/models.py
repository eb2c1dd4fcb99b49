"""A custom user without a username, orders, and an archive."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Customer(AbstractBaseUser):
    """Somebody who buys; there are no groups and no permissions."""

    number = models.CharField(max_length=20, primary_key=True)
    USERNAME_FIELD = "number"

    def __str__(self) -> str:
        return self.number


class Order(models.Model):
    """What is bought."""

    customer = models.ForeignKey(Customer, models.CASCADE)
    paid = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"order {self.pk}"


class OldOrder(models.Model):
    """What was bought."""

    number = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.number
