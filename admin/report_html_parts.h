/* report_html_parts.h - what is the same on every page. */
#ifndef ADMIN_REPORT_HTML_PARTS_H
#define ADMIN_REPORT_HTML_PARTS_H
#include "core/base/buffer.h"

struct slice report_html_style(void);
struct slice report_html_script(void);
/* Appends 'sha256-…' of the script, as Content-Security-Policy has it (CSP Level 3, section 2.3.1). */
CHECKED int report_html_script_hash(struct buffer *out);
#endif
