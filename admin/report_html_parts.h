/* report_html_parts.h - what is the same on every page. */
#ifndef ADMIN_REPORT_HTML_PARTS_H
#define ADMIN_REPORT_HTML_PARTS_H
extern const char report_html_style[];
extern const char report_html_script[];
extern const char
    report_html_script_hash[]; /* base64 of its SHA-256, for the Content-Security-Policy */
#endif
