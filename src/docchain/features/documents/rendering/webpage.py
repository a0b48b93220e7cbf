"""A clean HTML fragment as a page that stands alone: one file, its style inside, nothing loaded."""

from html import escape

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 Georgia, "Times New Roman", serif; color: #1c1e21; max-width: 46rem; margin: 3rem auto;
  padding: 0 1.25rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.6em 0 0.5em; color: #14324f; }
h1 { font-size: 1.8rem; margin-top: 0; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.6rem; border-bottom: 1px solid #d5dbe1; text-align: left; vertical-align: top; }
th { background: #eef2f6; }
code, pre { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 0.9em; background: #f4f6f8; }
pre { padding: 0.75rem; overflow-x: auto; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid #b8c4d0; color: #46525e; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(fragment: str, title: str, language: str) -> bytes:
    return (
        f'<!doctype html>\n<html lang="{escape(language, quote=True)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{fragment}\n</body>\n</html>\n"
    ).encode()
