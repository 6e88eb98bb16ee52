#include "core/traffic/agent_expression.h"

#define ANCHORED '^'

/* The ']' of the class "[…]" that begins at `at`. */
static size_t find_class_end(struct slice pattern, size_t at)
{
    at += slice_starts(slice_from(pattern, at + 1), SLICE("^"))
              ? 3
              : 2; /* a ']' at the start is a member */
    while (at < pattern.size && pattern.data[at] != ']') {
        bool is_named = slice_starts(slice_from(pattern, at), SLICE("[:")); /* [:alpha:] */
        if (is_named)
            at = slice_find(pattern, ']', at);
        at += pattern.size > at && pattern.data[at] == '\\' ? 2 : 1;
    }
    return at;
}

/* Where the group or the choice that goes on at `at` ends: at its ')', its '|', or the end. */
static size_t find_end(struct slice pattern, size_t at)
{
    size_t depth = 0;
    for (; at < pattern.size; at++) {
        char c = pattern.data[at];
        if (c == '\\')
            at++;
        else if (c == '[')
            at = find_class_end(pattern, at);
        else if (c == '(')
            depth++;
        else if (depth == 0 && (c == '|' || c == ')'))
            return at;
        else if (c == ')')
            depth--;
    }
    return pattern.size;
}

static struct slice take_choice(struct slice *pattern)
{
    size_t end = find_end(*pattern, 0);
    struct slice choice = slice_first(*pattern, end);
    *pattern = slice_from(*pattern, end + 1);
    return choice;
}

/* What stands behind the assertions that take no character: \b, (?<!…), (?<=…). */
static struct slice skip_assertions(struct slice choice)
{
    for (;;) {
        if (slice_starts(choice, SLICE("\\b"))) {
            choice = slice_from(choice, 2);
        } else if (slice_starts(choice, SLICE("(?<!")) || slice_starts(choice, SLICE("(?<="))) {
            size_t end = find_end(choice, 4);
            while (end < choice.size && choice.data[end] == '|')
                end = find_end(choice, end + 1);
            choice = slice_from(choice, end + 1);
        } else {
            return choice;
        }
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The character that every match of `choice` begins with, in lower case; ANCHORED when it begins with
 * the agent; 0 when that is not plain to see. */
static char first_character(struct slice choice)
{
    struct slice rest = skip_assertions(choice);
    if (rest.size && rest.data[0] == '^')
        return ANCHORED;
    bool is_escaped = rest.size > 1 && rest.data[0] == '\\' && !is_letter(rest.data[1]) &&
                      !(rest.data[1] >= '0' && rest.data[1] <= '9');
    if (is_escaped)
        rest = slice_from(rest, 1);
    char c = rest.size ? rest.data[0] : '\0';
    bool is_plain =
        is_escaped || is_letter(c) || (c >= '0' && c <= '9') || c == '@' || c == '-' || c == '_';
    bool is_optional = rest.size > 1 && strchr("?*{", rest.data[1]);
    if (!is_plain || is_optional || c == ANCHORED)
        return '\0';
    return is_letter(c) ? (char)(c | 0x20) : c;
}

struct expression {
    struct buffer *text;
    bool is_begun; /* the next alternative wants a '|' before it */
};

static void add_alternative(struct expression *expression, struct slice pattern)
{
    if (expression->is_begun)
        buffer_append_byte(expression->text, '|');
    expression->is_begun = true;
    buffer_append(expression->text, pattern);
}

static void begin_group(struct expression *expression, char first)
{
    add_alternative(expression, SLICE(""));
    if (first == ANCHORED)
        buffer_append_string(expression->text, "(?=^)");
    else if (first)
        buffer_printf(expression->text, "(?=\\x%02x)", (unsigned char)first);
    buffer_append_string(expression->text, "(?:");
}

/* A walk over the choices of all rows of one kind. */
struct choices {
    const struct agent_list *list;
    enum agent_kind kind;
    size_t next;       /* row */
    struct slice rest; /* of the row before it */
};

static bool next_choice(struct choices *choices, struct slice *ret_choice, size_t *ret_row)
{
    while (choices->rest.size == 0) {
        if (choices->next == choices->list->count)
            return false;
        const struct agent_row *row = &choices->list->rows[choices->next++];
        if (row->kind == choices->kind)
            choices->rest = row->text;
    }
    *ret_choice = take_choice(&choices->rest);
    *ret_row = choices->next - 1;
    return true;
}

/* The group that `choice` goes to. Where the order of the rows counts, one that is anchored is one that
 * may begin with anything: both stand in every group, so that at each place the rows keep their order. */
static char group_of(struct slice choice, enum agent_kind kind)
{
    char first = first_character(choice);
    return first == ANCHORED && agent_kind_is_named(kind) ? '\0' : first;
}

static bool has_group(const struct agent_list *list, enum agent_kind kind, char first)
{
    struct choices choices = {.list = list, .kind = kind};
    struct slice choice;
    size_t row;
    while (next_choice(&choices, &choice, &row))
        if (group_of(choice, kind) == first)
            return true;
    return false;
}

/* All choices of `kind` that begin with `first`, as one group. */
static void add_group(struct expression *expression, const struct agent_list *list,
                      enum agent_kind kind, char first)
{
    bool is_ordered = agent_kind_is_named(kind);
    struct choices choices = {.list = list, .kind = kind};
    struct expression group = {.text = expression->text};
    struct slice choice;
    size_t row;
    if (!has_group(list, kind, first))
        return;
    begin_group(expression, first);
    while (next_choice(&choices, &choice, &row)) {
        char own = group_of(choice, kind);
        if (own != first && !(is_ordered && own == '\0'))
            continue;
        add_alternative(&group, choice);
        if (is_ordered)
            buffer_printf(group.text, "(*MARK:%zu)", row << 8 | list->rows[row].value);
    }
    buffer_append_byte(group.text, ')');
}

int agent_expression_build(struct buffer *out, const struct agent_list *list, enum agent_kind kind)
{
    struct expression expression = {.text = out};
    for (int first = 1; first < 0x80; first++)
        add_group(&expression, list, kind, (char)first);
    add_group(&expression, list, kind, '\0');
    return buffer_error(out);
}
