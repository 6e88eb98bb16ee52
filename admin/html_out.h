/* html_out.h - text into HTML, safe between tags and between double quotes of an attribute. */
#ifndef ADMIN_HTML_OUT_H
#define ADMIN_HTML_OUT_H
#include "core/base/buffer.h"

/* What no page may have (controls, bytes that are no UTF-8) becomes U+FFFD; marks that turn the direction of
 * what follows (Unicode's bidirectional controls) too: a name may not rewrite its neighbours. */
void html_text(struct buffer *out, struct slice text);
#endif
