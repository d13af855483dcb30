/**
 * Lines of JSON as they come.
 */

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {(line: object) => void} onLine
 */
export async function readLines(url, signal, onLine) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error((await response.text()) || `The server answered ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(JSON.parse(line));
  }
}
