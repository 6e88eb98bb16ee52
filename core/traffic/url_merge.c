/* url_merge.c - a target with its query merged (CONTRACT section 5). */
#include "core/traffic/url.h"

#include "core/base/encoding.h"
#include "core/traffic/query_names.h"

/* Names of both queries are compared one by one up to so much of the one times so much of the other, in bytes: that is more
 * than people send. Past it the target's are indexed, so that nobody can make a long target cost milliseconds. */
#define COMPARED_MAX ((size_t)1 << 16)

/* The query of `url`, and what stands before and behind it, the latter with its '#'. */
struct parts {
    struct slice before, query, fragment;
    bool has_query;
};

static struct parts split(struct slice url)
{
    size_t hash = slice_find(url, '#', 0);
    struct slice rest = slice_first(url, hash);
    size_t question = slice_find(rest, '?', 0);
    return (struct parts){.before = slice_first(rest, question),
                          .query = slice_from(rest, question + 1),
                          .fragment = slice_from(url, hash),
                          .has_query = question < rest.size};
}

/* As the laxest reader of queries sees a name: PHP makes '_' of " .[" and an array of what stands
 * before '[', ASP.NET does not mind case, and many skip leading spaces. */
static int fold(int byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte + ('a' - 'A');
    return byte == ' ' || byte == '.' ? '_' : byte;
}

static void skip_spaces(struct slice *name)
{
    struct slice rest = *name;
    while (rest.size && query_name_take(&rest) == ' ')
        *name = rest;
}

/* Would some reader take `name` for `ours`? */
static bool name_resembles(struct slice name, struct slice ours)
{
    skip_spaces(&name);
    while (ours.size) {
        if (name.size == 0 || fold(query_name_take(&name)) != fold(query_name_take(&ours)))
            return false;
    }
    if (name.size == 0)
        return true;
    int next = query_name_take(&name);
    return next == '[' || next == 0;
}

bool url_has_name(struct slice target, struct slice name)
{
    return query_has_name(split(target).query, name);
}

static bool pairs_have(const struct query_pair *pairs, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (query_names_equal(pairs[i].name, name))
            return true;
    return false;
}

/* The query being written: knows which delimiter comes next. */
struct writer {
    struct buffer *out;
    char delimiter; /* '?', '&', or 0 when none is needed */
};

static void begin_pair(struct writer *writer)
{
    if (writer->delimiter)
        buffer_append_byte(writer->out, writer->delimiter);
    writer->delimiter = '&';
}

static void write_pair(struct writer *writer, struct slice name, struct slice value)
{
    begin_pair(writer);
    buffer_append(writer->out, name);
    buffer_append_byte(writer->out, '=');
    buffer_append(writer->out, value);
}

/* RFC 3986 section 3.4: pchar, '/' and '?'; '&' separates pairs and does not get here. */
static bool is_query_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~!$'()*+,;=:@/?", c));
}

static void write_visitors_pair(struct writer *writer, struct slice pair)
{
    begin_pair(writer);
    size_t written = 0;
    for (size_t i = 0; i < pair.size; i++) {
        if (is_query_character(pair.data[i]) || query_is_escape(pair, i))
            continue;
        buffer_append(writer->out, slice_from(slice_first(pair, i), written));
        percent_encode(writer->out, slice_of(pair.data + i, 1));
        written = i + 1;
    }
    buffer_append(writer->out, slice_from(pair, written));
}

/* Byte for byte, or pair by pair when it holds a click id of its own. */
static void write_targets_query(struct writer *writer, struct parts target, struct slice click_name)
{
    if (!target.has_query)
        return;
    if (!query_has_name(target.query, click_name)) {
        begin_pair(writer);
        buffer_append(writer->out, target.query);
        if (target.query.size == 0 || target.query.data[target.query.size - 1] == '&')
            writer->delimiter = 0;
        return;
    }
    while (target.query.size) {
        struct slice pair = slice_take(&target.query, '&');
        if (pair.size && query_names_equal(query_name_of(pair), click_name))
            continue;
        begin_pair(writer);
        buffer_append(writer->out, pair);
    }
}

void url_merge(struct buffer *out, struct slice target, const struct query_pair *utm,
               size_t utm_count, struct slice visitor_query, struct slice click_name,
               struct slice click_id)
{
    struct parts parts = split(target);
    struct writer writer = {.out = out, .delimiter = '?'};
    buffer_append(out, parts.before);
    write_targets_query(&writer, parts, click_name);
    for (size_t i = 0; i < utm_count; i++)
        if (!query_has_name(parts.query, utm[i].name))
            write_pair(&writer, utm[i].name, utm[i].value);
    struct query_index index;
    bool is_indexed = visitor_query.size * parts.query.size > COMPARED_MAX &&
                      query_index_make(&index, parts.query);
    while (visitor_query.size) {
        struct slice pair = slice_take(&visitor_query, '&');
        struct slice name = query_name_of(pair);
        if (pair.size == 0 || name_resembles(name, click_name) || pairs_have(utm, utm_count, name))
            continue;
        if (is_indexed ? query_index_has(&index, name) : query_has_name(parts.query, name))
            continue;
        write_visitors_pair(&writer, pair);
    }
    if (click_id.size)
        write_pair(&writer, click_name, click_id);
    buffer_append(out, parts.fragment);
}
