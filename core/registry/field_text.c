#include "core/registry/field.h"

#define DURATION_MAX_MS (INT64_C(3650) * 24 * 3600 * 1000)

bool text_has_control(struct slice text)
{
    if (slice_has_control(text) || !slice_is_utf8(text))
        return true;
    for (size_t i = 0; i + 1 < text.size; i++)
        if ((unsigned char)text.data[i] == 0xc2 && (unsigned char)text.data[i + 1] < 0xa0)
            return true;
    return false;
}

bool field_is_choice(const char *choices, struct slice text)
{
    struct slice rest = slice_of_string(choices);
    while (rest.size)
        if (slice_equal(slice_take(&rest, '|'), text))
            return true;
    return false;
}

int duration_parse(int64_t *ret_ms, struct slice text)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    if (text.size < 2)
        return JALON_MALFORMED;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (units[i].unit != text.data[text.size - 1])
            continue;
        uint64_t count;
        int err = slice_to_u64(&count, slice_first(text, text.size - 1),
                               (uint64_t)(DURATION_MAX_MS / units[i].ms));
        if (err)
            return JALON_MALFORMED;
        *ret_ms = (int64_t)count * units[i].ms;
        return JALON_OK;
    }
    return JALON_MALFORMED;
}
