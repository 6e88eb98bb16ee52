#include "core/base/slice.h"

/* Letters of the two cases differ in one bit; bytes that differ in it and are no letters are others. */
static bool is_same_letter(char a, char b)
{
    char lower = (char)(a | 0x20);
    return (a ^ b) == 0x20 && lower >= 'a' && lower <= 'z';
}

int slice_compare(struct slice a, struct slice b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    return a.size == b.size && slice_starts_nocase(a, b);
}

bool slice_starts(struct slice s, struct slice prefix)
{
    return slice_equal(slice_first(s, prefix.size), prefix);
}

bool slice_starts_nocase(struct slice s, struct slice prefix)
{
    if (s.size < prefix.size)
        return false;
    for (size_t i = 0; i < prefix.size; i++)
        if (s.data[i] != prefix.data[i] && !is_same_letter(s.data[i], prefix.data[i]))
            return false;
    return true;
}

bool slice_contains_nocase(struct slice s, struct slice needle)
{
    for (size_t i = 0; i + needle.size <= s.size; i++)
        if (slice_starts_nocase(slice_from(s, i), needle))
            return true;
    return false;
}

size_t slice_find(struct slice s, char byte, size_t start)
{
    if (start >= s.size)
        return s.size;
    const char *at = memchr(s.data + start, byte, s.size - start);
    return at ? (size_t)(at - s.data) : s.size;
}

struct slice slice_take(struct slice *rest, char separator)
{
    size_t at = slice_find(*rest, separator, 0);
    struct slice taken = slice_first(*rest, at);
    *rest = slice_from(*rest, at + 1);
    return taken;
}

struct slice slice_trim(struct slice s)
{
    while (s.size && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = slice_from(s, 1);
    while (s.size && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
        s.size--;
    return s;
}

bool slice_has_control(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.data[i] < 0x20 || s.data[i] == 0x7f)
            return true;
    return false;
}

size_t slice_character_size(struct slice s) /* RFC 3629 section 4 */
{
    const unsigned char *b = (const unsigned char *)s.data;
    if (b[0] < 0x80)
        return 1;
    size_t size = b[0] >= 0xc2 && b[0] <= 0xdf ? 2 : b[0] >= 0xe0 && b[0] <= 0xef ? 3 : 0;
    if (b[0] >= 0xf0 && b[0] <= 0xf4)
        size = 4;
    if (size == 0 || s.size < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    bool is_overlong = (b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xf0 && b[1] < 0x90);
    bool is_surrogate = b[0] == 0xed && b[1] > 0x9f;
    bool is_over_range = b[0] == 0xf4 && b[1] > 0x8f;
    return is_overlong || is_surrogate || is_over_range ? 0 : size;
}

/* Passes over ASCII, eight bytes at a time: what nearly all text is. */
static struct slice skip_ascii(struct slice s)
{
    uint64_t word;
    while (s.size >= sizeof word) {
        memcpy(&word, s.data, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
        s = slice_from(s, sizeof word);
    }
    return s;
}

bool slice_is_utf8(struct slice s)
{
    for (s = skip_ascii(s); s.size; s = skip_ascii(s)) {
        size_t size = slice_character_size(s);
        if (size == 0)
            return false;
        s = slice_from(s, size);
    }
    return true;
}

int slice_to_u64(uint64_t *ret_value, struct slice s, uint64_t max)
{
    if (s.size == 0 || s.size > 20)
        return JALON_MALFORMED;
    uint64_t value = 0;
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return JALON_MALFORMED;
        uint64_t digit = (uint64_t)(s.data[i] - '0');
        if (digit > max || value > (max - digit) / 10)
            return JALON_MALFORMED;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return JALON_OK;
}

int slice_to_string(char *ret_text, size_t capacity, struct slice s)
{
    if (s.size >= capacity)
        return JALON_TOO_SMALL;
    if (s.size)
        memcpy(ret_text, s.data, s.size);
    ret_text[s.size] = '\0';
    return JALON_OK;
}
