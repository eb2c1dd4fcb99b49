/* Opens the page on which the API is tried: the document is read from the address that the page names. */
"use strict";
const page = document.getElementById("api");
SwaggerUIBundle({
  url: new URL(page.dataset.schema, document.baseURI).href,
  domNode: page,
  deepLinking: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  validatorUrl: null,
});
