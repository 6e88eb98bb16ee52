#include "core/registry/noun_values.h"
#include "core/base/array.h"

#include <assert.h>
#include <stdlib.h>

void noun_values_init(struct noun_values *values, const struct noun *noun)
{
    assert(noun->field_count <= NOUN_FIELDS_MAX);
    *values = (struct noun_values){.noun = noun};
}

void noun_values_clear(struct noun_values *values)
{
    for (size_t i = 0; i < values->noun->field_count; i++)
        values->values[i].kind = VALUE_ABSENT;
    values->item_count = 0;
    json_decref(values->source);
    values->source = NULL;
}

void noun_values_done(struct noun_values *values)
{
    json_decref(values->source);
    free(values->items);
    values->source = NULL;
    values->items = NULL;
}

int noun_values_add_item(struct noun_values *values, struct slice item)
{
    int err = array_reserve((void **)&values->items, &values->item_capacity, values->item_count + 1,
                            sizeof *values->items);
    if (!err)
        values->items[values->item_count++] = item;
    return err;
}

static int put_count(struct noun_value *value, struct slice text, const char **ret_why)
{
    uint64_t count;
    if (slice_to_u64(&count, slice_trim(text), INT64_MAX)) {
        *ret_why = "it is no whole number: write digits only, e.g. 12500";
        return JALON_MALFORMED;
    }
    value->kind = VALUE_NUMBER;
    value->number = (int64_t)count;
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

/* Of the items from `first` on. */
static void set_list(const struct noun_values *values, struct noun_value *value, size_t first)
{
    value->kind = VALUE_LIST;
    value->list.first = first;
    value->list.count = values->item_count - first;
}

static int put_elements(struct noun_values *values, struct noun_value *value, struct slice text,
                        const char *separators)
{
    size_t first = values->item_count;
    while (text.size) {
        struct slice element = take_element(&text, separators);
        int err = element.size ? noun_values_add_item(values, element) : JALON_OK;
        if (err)
            return err;
    }
    set_list(values, value, first);
    return JALON_OK;
}

int noun_values_put_text(struct noun_values *values, const struct field *field, struct slice text,
                         const char **ret_why)
{
    struct noun_value *value = noun_value_of(values, field);
    *ret_why = "";
    if (memchr(text.data, '\0', text.size))
        *ret_why = "it holds a NUL byte: take it out";
    else if (!slice_is_utf8(text))
        *ret_why = "it is not UTF-8: save the file as UTF-8";
    if (**ret_why)
        return JALON_MALFORMED;
    switch (field->kind) {
    case FIELD_COUNT:
        return put_count(value, text, ret_why);
    case FIELD_HOSTS:
        return put_elements(values, value, text, ", \t");
    case FIELD_TAGS:
        return put_elements(values, value, text, ",;");
    case FIELD_CLICK_IDS:
        return put_elements(values, value, text, ", \t;");
    default:
        value->kind = VALUE_TEXT;
        value->text = slice_trim(text);
        return JALON_OK;
    }
}

static struct slice text_of(const json_t *json)
{
    return slice_of(json_string_value(json), json_string_length(json));
}

/* A list in which something is no text is no field's. */
static int put_json_list(struct noun_values *values, struct noun_value *value, json_t *list)
{
    size_t i, first = values->item_count;
    json_t *element;
    json_array_foreach(list, i, element)
    {
        if (!json_is_string(element)) {
            values->item_count = first;
            value->kind = VALUE_OTHER;
            value->json = list;
            return JALON_OK;
        }
        int err = noun_values_add_item(values, text_of(element));
        if (err)
            return err;
    }
    set_list(values, value, first);
    return JALON_OK;
}

static int put_json(struct noun_values *values, struct noun_value *value, json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_NULL:
        value->kind = VALUE_NULL;
        return JALON_OK;
    case JSON_STRING:
        value->kind = VALUE_TEXT;
        value->text = text_of(json);
        return JALON_OK;
    case JSON_INTEGER:
        value->kind = VALUE_NUMBER;
        value->number = json_integer_value(json);
        return JALON_OK;
    case JSON_ARRAY:
        return put_json_list(values, value, json);
    default:
        value->kind = VALUE_OTHER;
        value->json = json;
        return JALON_OK;
    }
}

int noun_values_put_json(struct noun_values *values, json_t *source)
{
    int err = JALON_OK;
    values->source = json_incref(source);
    for (size_t i = 0; i < values->noun->field_count && !err; i++) {
        json_t *json = json_object_get(source, values->noun->fields[i].name);
        if (json)
            err = put_json(values, &values->values[i], json);
    }
    return err;
}

static json_t *json_of_text(struct slice text)
{
    return json_stringn_nocheck(text.data ? text.data : "", text.size);
}

static json_t *json_of_list(const struct noun_values *values, const struct noun_value *value)
{
    json_t *list = json_array();
    for (size_t i = 0; i < value->list.count; i++)
        if (json_array_append_new(list, json_of_text(values->items[value->list.first + i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *json_of(const struct noun_values *values, const struct noun_value *value)
{
    switch (value->kind) {
    case VALUE_TEXT:
        return json_of_text(value->text);
    case VALUE_NUMBER:
        return json_integer(value->number);
    case VALUE_LIST:
        return json_of_list(values, value);
    case VALUE_OTHER:
        return json_incref(value->json);
    default:
        return json_null();
    }
}

int noun_values_json(const struct noun_values *values, json_t **ret_json)
{
    json_t *json = json_object();
    int err = json ? JALON_OK : JALON_NO_MEMORY;
    for (size_t i = 0; i < values->noun->field_count && !err; i++) {
        const struct noun_value *value = &values->values[i];
        if (value->kind != VALUE_ABSENT &&
            json_object_set_new_nocheck(json, values->noun->fields[i].name, json_of(values, value)))
            err = JALON_NO_MEMORY;
    }
    if (err)
        json_decref(json);
    else
        *ret_json = json;
    return err;
}
