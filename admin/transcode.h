/* transcode.h - bytes of the encodings that spreadsheets save in, as UTF-8. */
#ifndef ADMIN_TRANSCODE_H
#define ADMIN_TRANSCODE_H
#include "core/base/buffer.h"

void latin_1_to_utf_8(struct buffer *out, struct slice bytes);
/* The five bytes that it does not define become U+FFFD. */
void windows_1252_to_utf_8(struct buffer *out, struct slice bytes);
#endif
