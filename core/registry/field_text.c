#include "core/registry/field.h"

#define DURATION_MAX_MS (INT64_C(3650) * 24 * 3600 * 1000)

static int of_string(struct slice text, json_t **ret_value, const char **ret_why)
{
    if (!slice_is_utf8(text)) {
        *ret_why = "it is not UTF-8: save the file as UTF-8";
        return JALON_MALFORMED;
    }
    json_t *value = json_stringn_nocheck(text.data, text.size);
    if (!value)
        return JALON_NO_MEMORY;
    *ret_value = value;
    return JALON_OK;
}

static int of_count(struct slice text, json_t **ret_value, const char **ret_why)
{
    uint64_t count;
    if (slice_to_u64(&count, slice_trim(text), INT64_MAX)) {
        *ret_why = "it is no whole number: write digits only, e.g. 12500";
        return JALON_MALFORMED;
    }
    json_t *value = json_integer((json_int_t)count);
    if (!value)
        return JALON_NO_MEMORY;
    *ret_value = value;
    return JALON_OK;
}

/* Cuts the first element off *rest, at any of `separators`. */
static struct slice take_element(struct slice *rest, const char *separators)
{
    size_t at = rest->size;
    for (const char *separator = separators; *separator; separator++)
        at = slice_find(slice_first(*rest, at), *separator, 0);
    struct slice element = slice_first(*rest, at);
    *rest = slice_from(*rest, at + 1);
    return slice_trim(element);
}

static int of_list(struct slice text, const char *separators, json_t **ret_value,
                   const char **ret_why)
{
    json_t *list = json_array();
    if (!list)
        return JALON_NO_MEMORY;
    while (text.size) {
        struct slice element = take_element(&text, separators);
        if (!element.size)
            continue;
        json_t *value;
        int err = of_string(element, &value, ret_why);
        if (!err && json_array_append_new(list, value))
            err = JALON_NO_MEMORY;
        if (err) {
            json_decref(list);
            return err;
        }
    }
    *ret_value = list;
    return JALON_OK;
}

int field_from_text(const struct field *field, struct slice text, json_t **ret_value,
                    const char **ret_why)
{
    *ret_why = "";
    if (memchr(text.data, '\0', text.size)) {
        *ret_why = "it holds a NUL byte: take it out";
        return JALON_MALFORMED;
    }
    switch (field->kind) {
    case FIELD_COUNT:
        return of_count(text, ret_value, ret_why);
    case FIELD_HOSTS:
        return of_list(text, ", \t", ret_value, ret_why);
    case FIELD_TAGS:
        return of_list(text, ",;", ret_value, ret_why);
    case FIELD_CLICK_IDS:
        return of_list(text, ", \t;", ret_value, ret_why);
    default:
        return of_string(slice_trim(text), ret_value, ret_why);
    }
}

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
