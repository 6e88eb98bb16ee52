/* page.h - the small HTML page that a person sees where there is no redirect: self-contained, dark and light. */
#ifndef REDIRECTOR_PAGE_H
#define REDIRECTOR_PAGE_H
#include "core/base/buffer.h"

/* Text is escaped. */
void page_write(struct buffer *out, const char *heading, const char *sentence);

/* Fields of a page's head: nothing may be loaded, nothing framed, nothing indexed or kept. */
#define PAGE_FIELDS                                                                                \
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "    \
    "form-action 'none'; frame-ancestors 'none'\r\n"                                               \
    "X-Robots-Tag: noindex\r\n"                                                                    \
    "Cache-Control: private, no-store\r\n"
#endif
