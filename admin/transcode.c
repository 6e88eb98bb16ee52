#include "admin/transcode.h"

static void append_code_point(struct buffer *out, unsigned code)
{
    char utf_8[3];
    size_t size = 0;
    if (code < 0x80) {
        utf_8[size++] = (char)code;
    } else if (code < 0x800) {
        utf_8[size++] = (char)(0xc0 | code >> 6);
        utf_8[size++] = (char)(0x80 | (code & 0x3f));
    } else {
        utf_8[size++] = (char)(0xe0 | code >> 12);
        utf_8[size++] = (char)(0x80 | (code >> 6 & 0x3f));
        utf_8[size++] = (char)(0x80 | (code & 0x3f));
    }
    buffer_append(out, slice_of(utf_8, size));
}

void latin_1_to_utf_8(struct buffer *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        append_code_point(out, (unsigned char)bytes.data[i]);
}

/* 0x80 to 0x9f, where it differs from Latin-1: the WHATWG's index windows-1252, but for the undefined ones. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

void windows_1252_to_utf_8(struct buffer *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned byte = (unsigned char)bytes.data[i];
        append_code_point(out, byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte);
    }
}
