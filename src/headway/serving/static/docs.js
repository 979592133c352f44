"use strict";

const form = document.getElementById("key-form");
const field = document.getElementById("key");

async function show(key) {
  const headers = key ? { "X-API-Key": key } : {};
  const reply = await fetch("docs/openapi.json", { headers });
  if (reply.status === 401) {
    form.hidden = false;
    document.getElementById("key-error").textContent = key ? "This key is unknown here." : "";
    field.focus();
    return;
  }
  if (!reply.ok) {
    throw new Error("the server answered " + reply.status);
  }
  form.hidden = true;
  const ui = SwaggerUIBundle({
    spec: await reply.json(),
    dom_id: "#swagger-ui",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    onComplete: () => {
      if (key) {
        ui.preauthorizeApiKey("key", key);
      }
    },
  });
}

function fail(error) {
  const failure = document.getElementById("failure");
  failure.textContent = "The API cannot be shown: " + error.message;
  failure.hidden = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(field.value).catch(fail);
});

show("").catch(fail);
