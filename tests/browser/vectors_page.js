/** @file Runs every shared vector in the browser that opens this page; serve the repository's folder to try one by hand. */

import { FILES, runFile } from '../node/vector_cases.js';

const reports = [];
for (const path of FILES) {
  const answer = await fetch(`/${path}`);
  reports.push({ path, ...await runFile(path, await answer.json()) });
}
const failures = reports.flatMap((report) => report.failures.map((failure) => `${report.path}: ${failure}`));
document.querySelector('#failures').textContent = failures.join('\n');
document.querySelector('#verdict').textContent = failures.length === 0 ? 'all as they say' : `${failures.length} failures`;
document.documentElement.dataset.reports = JSON.stringify(reports);
