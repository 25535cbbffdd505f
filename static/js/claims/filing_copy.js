// Copies an address; where the browser does not let us, it stands there to be marked by hand.

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent.trim();
    await navigator.clipboard.writeText(text);
    document.querySelector("[data-copy-said]").textContent = button.dataset.copied;
  });
}
