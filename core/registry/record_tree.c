#include "core/registry/record_tree.h"

#include <stdlib.h>

#define DEPTH_MAX 16
#define MEMBERS_MAX 64 /* each is compared with those before it */

struct reading {
    struct record_tree *tree;
    struct slice rest;
};

static int read_value(struct reading *reading, size_t at, unsigned depth);

static void pass_space(struct reading *reading)
{
    struct slice *rest = &reading->rest;
    while (rest->size && (rest->data[0] == ' ' || rest->data[0] == '\n' || rest->data[0] == '\r' ||
                          rest->data[0] == '\t'))
        *rest = slice_from(*rest, 1);
}

/* The byte that comes next, behind space; '\0' at the end. */
static char peek(struct reading *reading)
{
    pass_space(reading);
    return reading->rest.size ? reading->rest.data[0] : '\0';
}

static bool take_byte(struct reading *reading, char byte)
{
    if (peek(reading) != byte || byte == '\0')
        return false;
    reading->rest = slice_from(reading->rest, 1);
    return true;
}

/* Room for one value more; its index. */
static int add_value(struct record_tree *tree, size_t *ret_at)
{
    if (tree->count == tree->capacity) {
        bool is_near = tree->values == tree->near;
        struct record_value *values =
            reallocarray(is_near ? NULL : tree->values, tree->capacity, 2 * sizeof *values);
        if (!values)
            return JALON_NO_MEMORY;
        if (is_near)
            memcpy(values, tree->near, sizeof tree->near);
        tree->values = values;
        tree->capacity *= 2;
    }
    *ret_at = tree->count++;
    tree->values[*ret_at] = (struct record_value){.span = 1};
    return JALON_OK;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool take_hex4(struct slice *rest, uint32_t *ret_number)
{
    uint32_t number = 0;
    if (rest->size < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        int value = hex_value(rest->data[i]);
        if (value < 0)
            return false;
        number = number << 4 | (uint32_t)value;
    }
    *rest = slice_from(*rest, 4);
    *ret_number = number;
    return true;
}

/* What stands behind "\u": half of a pair needs its other half; U+0000 is refused. */
static bool take_code_point(struct slice *rest, uint32_t *ret_point)
{
    uint32_t high, low;
    if (!take_hex4(rest, &high) || high == 0 || (high >= 0xdc00 && high <= 0xdfff))
        return false;
    *ret_point = high;
    if (high < 0xd800 || high > 0xdbff)
        return true;
    if (rest->size < 2 || rest->data[0] != '\\' || rest->data[1] != 'u')
        return false;
    *rest = slice_from(*rest, 2);
    if (!take_hex4(rest, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *ret_point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* The character that an escape, whose backslash was taken, stands for. */
static bool take_escape(struct slice *rest, uint32_t *ret_point)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (!rest->size)
        return false;
    char letter = rest->data[0];
    *rest = slice_from(*rest, 1);
    if (letter == 'u')
        return take_code_point(rest, ret_point);
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found)
        *ret_point = (unsigned char)meant[found - letters];
    return found != NULL;
}

static void append_code_point(struct buffer *out, uint32_t point)
{
    char bytes[4];
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)(leads[size] | point);
    buffer_append(out, slice_of(bytes, size));
}

/* How many bytes come before a quote, an escape or what must not be there. *seen is the union of their bits. */
static size_t plain_size(struct slice text, unsigned char *seen)
{
    size_t at = 0;
    for (; at < text.size; at++) {
        unsigned char byte = (unsigned char)text.data[at];
        if (byte == '"' || byte == '\\' || byte < 0x20)
            break;
        *seen |= byte;
    }
    return at;
}

/* A string, whose quote comes next. */
static int take_text(struct reading *reading, struct slice *ret_text, bool *ret_is_escaped)
{
    if (!take_byte(reading, '"'))
        return JALON_DAMAGED;
    struct slice start = reading->rest, rest = start;
    unsigned char seen = 0;
    *ret_is_escaped = false;
    for (;;) {
        rest = slice_from(rest, plain_size(rest, &seen));
        if (!rest.size || (unsigned char)rest.data[0] < 0x20)
            return JALON_DAMAGED;
        if (rest.data[0] == '"')
            break;
        uint32_t point;
        rest = slice_from(rest, 1);
        if (!take_escape(&rest, &point))
            return JALON_DAMAGED;
        *ret_is_escaped = true;
    }
    *ret_text = slice_first(start, start.size - rest.size);
    reading->rest = slice_from(rest, 1);
    return seen < 0x80 || slice_is_utf8(*ret_text) ? JALON_OK : JALON_DAMAGED;
}

static size_t digits_of(struct slice text)
{
    size_t size = 0;
    while (size < text.size && text.data[size] >= '0' && text.data[size] <= '9')
        size++;
    return size;
}

/* A fraction or an exponent behind it is left, where nothing but a comma or an end may come. */
static int read_integer(struct reading *reading, struct record_value *value)
{
    bool is_negative = reading->rest.data[0] == '-';
    struct slice rest = slice_from(reading->rest, is_negative);
    struct slice digits = slice_first(rest, digits_of(rest));
    uint64_t number, max = (uint64_t)INT64_MAX + is_negative;
    if ((digits.size > 1 && digits.data[0] == '0') || slice_to_u64(&number, digits, max))
        return JALON_DAMAGED;
    reading->rest = slice_from(rest, digits.size);
    value->kind = RECORD_INTEGER;
    value->integer = is_negative ? (int64_t)(0 - number) : (int64_t)number;
    return JALON_OK;
}

static int read_word(struct reading *reading, struct record_value *value)
{
    static const struct {
        const char *word;
        enum record_kind kind;
    } words[] = {{"null", RECORD_NULL}, {"false", RECORD_FALSE}, {"true", RECORD_TRUE}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i].word);
        if (slice_is(slice_first(reading->rest, size), words[i].word)) {
            reading->rest = slice_from(reading->rest, size);
            value->kind = words[i].kind;
            return JALON_OK;
        }
    }
    return JALON_DAMAGED;
}

static bool has_member(const struct record_value *object, struct slice name)
{
    const struct record_value *member = record_first(object);
    for (uint32_t i = 0; i < object->count; i++, member = record_next(member))
        if (slice_equal(member->name, name))
            return true;
    return false;
}

/* One member of the object at `at`, or one element of the list there. */
static int read_inner(struct reading *reading, size_t at, unsigned depth)
{
    struct record_tree *tree = reading->tree;
    struct slice name = SLICE_NONE;
    bool is_object = tree->values[at].kind == RECORD_OBJECT, is_escaped = false;
    int err = is_object ? take_text(reading, &name, &is_escaped) : JALON_OK;
    if (err)
        return err;
    if (is_object && (is_escaped || !take_byte(reading, ':') ||
                      tree->values[at].count == MEMBERS_MAX || has_member(&tree->values[at], name)))
        return JALON_DAMAGED;
    size_t inner;
    err = add_value(tree, &inner);
    if (err)
        return err;
    tree->values[inner].name = name;
    err = read_value(reading, inner, depth + 1);
    tree->values[at].count++;
    return err;
}

/* The list or object at `at`, whose opening comes next. */
static int read_group(struct reading *reading, size_t at, char end, unsigned depth)
{
    struct record_tree *tree = reading->tree;
    reading->rest = slice_from(reading->rest, 1);
    if (depth == DEPTH_MAX)
        return JALON_DAMAGED;
    if (!take_byte(reading, end)) {
        do {
            int err = read_inner(reading, at, depth);
            if (err)
                return err;
        } while (take_byte(reading, ','));
        if (!take_byte(reading, end))
            return JALON_DAMAGED;
    }
    size_t span = tree->count - at;
    if (span > UINT32_MAX)
        return JALON_DAMAGED;
    tree->values[at].span = (uint32_t)span;
    return JALON_OK;
}

static int read_value(struct reading *reading, size_t at, unsigned depth)
{
    struct record_value *value = &reading->tree->values[at];
    char first = peek(reading);
    switch (first) {
    case '{':
        value->kind = RECORD_OBJECT;
        return read_group(reading, at, '}', depth);
    case '[':
        value->kind = RECORD_LIST;
        return read_group(reading, at, ']', depth);
    case '"':
        value->kind = RECORD_TEXT;
        return take_text(reading, &value->text, &value->is_escaped);
    default:
        return first == '-' || (first >= '0' && first <= '9') ? read_integer(reading, value)
                                                              : read_word(reading, value);
    }
}

int record_tree_read(struct record_tree *tree, struct slice json)
{
    struct reading reading = {.tree = tree, .rest = json};
    tree->values = tree->near;
    tree->capacity = RECORD_VALUES_NEAR;
    tree->count = 0;
    size_t root;
    int err = add_value(tree, &root);
    if (!err)
        err = read_value(&reading, root, 0);
    pass_space(&reading);
    if (!err && reading.rest.size)
        err = JALON_DAMAGED;
    if (err)
        record_tree_done(tree);
    return err;
}

void record_tree_done(struct record_tree *tree)
{
    if (tree->values != tree->near)
        free(tree->values);
    tree->values = NULL;
}

const struct record_value *record_member(const struct record_value *object, const char *name)
{
    if (object->kind != RECORD_OBJECT)
        return NULL;
    struct slice wanted = slice_of_string(name);
    const struct record_value *member = record_first(object);
    for (uint32_t i = 0; i < object->count; i++, member = record_next(member))
        if (slice_equal(member->name, wanted))
            return member;
    return NULL;
}

void record_text_append(struct buffer *out, const struct record_value *value)
{
    struct slice rest = value->text;
    while (value->is_escaped && rest.size) {
        const char *escape = memchr(rest.data, '\\', rest.size);
        size_t plain = escape ? (size_t)(escape - rest.data) : rest.size;
        buffer_append(out, slice_first(rest, plain));
        rest = slice_from(rest, plain);
        uint32_t point;
        if (!rest.size)
            return;
        rest = slice_from(rest, 1);
        if (take_escape(&rest, &point)) /* it was looked at when it was read */
            append_code_point(out, point);
    }
    buffer_append(out, rest);
}
