#include "redirector/page.h"

static const char before_title[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";

static const char before_heading[] =
    "</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f6f5f1;color:#"
    "22252a;"
    "font:1.05rem/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif}\n"
    "main{max-width:30rem;padding:2rem}\n"
    "h1{margin:0 0 .6rem;font-size:1.6rem;line-height:1.2}\n"
    "p{margin:0}\n"
    "@media(prefers-color-scheme:dark){body{background:#16181c;color:#e6e4df}}\n"
    "</style>\n</head>\n<body>\n<main>\n<h1>";

static void append_escaped(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            buffer_append_string(out, "&lt;");
        else if (*text == '>')
            buffer_append_string(out, "&gt;");
        else if (*text == '&')
            buffer_append_string(out, "&amp;");
        else
            buffer_append_byte(out, *text);
    }
}

void page_write(struct buffer *out, const char *heading, const char *sentence)
{
    buffer_append_string(out, before_title);
    append_escaped(out, heading);
    buffer_append_string(out, before_heading);
    append_escaped(out, heading);
    buffer_append_string(out, "</h1>\n<p>");
    append_escaped(out, sentence);
    buffer_append_string(out, "</p>\n</main>\n</body>\n</html>\n");
}
