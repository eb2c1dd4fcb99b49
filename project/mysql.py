"""MySQL and MariaDB without a compiler: PyMySQL stands in where mysqlclient (MySQLdb) is not installed."""

from importlib.util import find_spec


def ensure_driver() -> None:
    """Make `import MySQLdb` work.

    Raises:
        ModuleNotFoundError: neither mysqlclient nor PyMySQL is installed.
    """
    if find_spec("MySQLdb") is None:
        import pymysql

        pymysql.install_as_MySQLdb()
