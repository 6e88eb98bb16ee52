#include "admin/report_html_parts.h"
#include "core/base/builtin_file.h"
#include "core/base/encoding.h"
#include "core/sign/digest.h"

BUILTIN_FILE(report_html_style, "report.css");
BUILTIN_FILE(report_html_script, "report.js");

int report_html_script_hash(struct buffer *out)
{
    uint8_t digest[SHA256_BYTES];
    char text[BASE64URL_SIZE(SHA256_BYTES)];
    int err = sha256(digest, report_html_script());
    if (err)
        return err;
    base64url_encode(text, slice_of(digest, sizeof digest));
    for (size_t i = 0; i < sizeof text; i++) /* as browsers older than that section know it */
        text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    buffer_printf(out, "'sha256-%.*s='", (int)sizeof text, text);
    return JALON_OK;
}
