// node build.mjs MODULES OUTPUT.cc: bundles src/ and writes every file of the dashboard into one
// C++ source, http/dashboard.h's kDashboardFiles. The names of all but the page carry a hash of
// their contents.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [modules, output] = process.argv.slice(2).map((path) => resolve(path));
const source = join(dirname(fileURLToPath(import.meta.url)), 'src');
const { buildSync } = createRequire(join(modules, '/'))('esbuild');

const bundled = buildSync({
  entryPoints: [join(source, 'main.jsx'), join(source, 'style.css'), join(source, 'icon.svg')],
  bundle: true,
  minify: true,
  write: false,
  outdir: '/assets',
  entryNames: '[name]-[hash]',
  target: ['chrome109', 'firefox115', 'safari16'],
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'copy' },
  nodePaths: [modules],
  legalComments: 'inline',
  logLevel: 'warning',
});

const types = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', html: 'text/html' };
const files = bundled.outputFiles.map((file) => ({
  path: `/assets/${basename(file.path)}`,
  body: Buffer.from(file.contents),
}));

// The page names its parts as they are called in src/; here they get their real addresses.
let page = readFileSync(join(source, 'index.html'), 'utf8');
for (const file of files) {
  const plain = basename(file.path).replace(/-[A-Z0-9]{8}\./, '.');
  if (!page.includes(`"${plain}"`)) throw new Error(`index.html does not use ${plain}`);
  page = page.replaceAll(`"${plain}"`, `"${file.path}"`);
}
files.unshift({ path: '/', body: Buffer.from(page) });

const bytes = (body) => [...body].join(',').replace(/(.{1,110}),/g, '$1,\n');
const type = (path) => types[path === '/' ? 'html' : path.split('.').pop()];
const entry = (file, i) =>
  `    {"${file.path}", "${type(file.path)}; charset=utf-8", "\\"${etag(file.body)}\\"", text_of(kFile${i})},`;
const etag = (body) => createHash('sha256').update(body).digest('hex').slice(0, 16);

writeFileSync(
  output,
  `// Made from web/ at build time.
#include "http/dashboard.h"

namespace holdfast::http {
namespace {
${files.map((file, i) => `const unsigned char kFile${i}[] = {\n${bytes(file.body)}};`).join('\n')}

template <size_t size>
std::string_view text_of(const unsigned char (&bytes)[size]) {
  return {reinterpret_cast<const char*>(bytes), size};
}

const DashboardFile kFiles[] = {
${files.map(entry).join('\n')}
};
}  // namespace

const std::span<const DashboardFile> kDashboardFiles = kFiles;
}  // namespace holdfast::http
`,
);
