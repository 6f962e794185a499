// Starts Swagger UI; a file of its own, since the content security policy forbids inline scripts.
window.SwaggerUIBundle({
  url: `${document.documentElement.dataset.base}/openapi.json`,
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  onComplete: () => {
    document.documentElement.dataset.ready = "1";
  },
});
