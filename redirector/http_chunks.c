/* State of a chunked body, reader->chunk_state:
 *
 *   SIZE_LINE --size > 0 (take_size)--> BYTES --all there (skip_bytes)--> BYTES_END --CRLF (take_end)--> SIZE_LINE
 *   SIZE_LINE --size 0 (take_size)--> TRAILER --empty line (take_trailer)--> done
 *
 * Stricter than the grammar in one place: no white space around a chunk's size, which recipients read differently. */
#include "redirector/http_chunks.h"

#include "redirector/http_head.h"

#define SIZE_LINE_MAX 256 /* extensions included; they are ignored */

enum chunk_state { CHUNK_SIZE_LINE, CHUNK_BYTES, CHUNK_BYTES_END, CHUNK_TRAILER };

static enum http_read bad(struct http_reader *reader, int status)
{
    reader->status = (uint16_t)status;
    return HTTP_READ_BAD;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Each extension has a name: chunk-ext, RFC 9112 section 7.1.1. The rest of their grammar is llhttp's. */
static bool have_names(struct slice extensions)
{
    bool is_quoted = false;
    for (size_t i = 0; i < extensions.size; i++) {
        char c = extensions.data[i];
        if (is_quoted && c == '\\')
            i++;
        else if (c == '"')
            is_quoted = !is_quoted;
        else if (c == ';' && !is_quoted) {
            struct slice rest = slice_trim(slice_from(extensions, i + 1));
            if (!http_is_token(slice_first(rest, 1)))
                return false;
        }
    }
    return true;
}

static enum http_read take_size(struct http_reader *reader, struct slice line)
{
    uint32_t chunk = 0;
    size_t digits = 0;
    for (; digits < line.size && digit_of(line.data[digits]) >= 0; digits++) {
        chunk = chunk * 16 + (uint32_t)digit_of(line.data[digits]);
        if (chunk > reader->body_max)
            return bad(reader, 413); /* before it overflows */
    }
    if (digits == 0 || (digits < line.size && line.data[digits] != ';') ||
        !have_names(slice_from(line, digits)))
        return bad(reader, 400);
    if (chunk > reader->body_max - reader->body_size)
        return bad(reader, 413);
    reader->body_size += chunk;
    reader->chunk_left = chunk;
    reader->chunk_state = chunk ? CHUNK_BYTES : CHUNK_TRAILER;
    reader->trailer = reader->scanned;
    return HTTP_READ_MORE;
}

/* Trailers are checked for their shape and dropped: nothing here has a use for one. */
static enum http_read take_trailer(struct http_reader *reader, struct slice line)
{
    if (line.size == 0)
        return HTTP_READ_DONE;
    size_t colon = slice_find(line, ':', 0);
    bool is_field = colon < line.size && http_is_token(slice_first(line, colon));
    return is_field ? HTTP_READ_MORE : bad(reader, 400);
}

static enum http_read take_line(struct http_reader *reader, struct slice line)
{
    if (reader->chunk_state == CHUNK_SIZE_LINE)
        return take_size(reader, line);
    if (reader->chunk_state == CHUNK_TRAILER)
        return take_trailer(reader, line);
    if (line.size)
        return bad(reader, 400); /* bytes beyond the chunk's size */
    reader->chunk_state = CHUNK_SIZE_LINE;
    return HTTP_READ_MORE;
}

static void skip_bytes(struct http_reader *reader, size_t size)
{
    size_t there = size - reader->scanned;
    uint32_t skipped = there < reader->chunk_left ? (uint32_t)there : reader->chunk_left;
    reader->scanned += skipped;
    reader->chunk_left -= skipped;
    reader->line = reader->scanned;
    if (reader->chunk_left == 0)
        reader->chunk_state = CHUNK_BYTES_END;
}

/* 0 while the line that ends before `at`, or is not yet whole there, is within its bound. */
static int line_status(const struct http_reader *reader, size_t at)
{
    size_t size = at - reader->line;
    if (reader->chunk_state == CHUNK_BYTES_END)
        return size > 0 ? 400 : 0;
    if (reader->chunk_state == CHUNK_SIZE_LINE)
        return size > SIZE_LINE_MAX ? 400 : 0;
    return at - reader->trailer > HTTP_TRAILER_MAX ? 431 : 0;
}

/* A line may span calls: `scanned` is how far it was looked at, `line` where it starts. */
static enum http_read find_line(struct http_reader *reader, const char *bytes, size_t size)
{
    size_t at = http_find_control(slice_of(bytes, size), reader->scanned);
    reader->scanned = (uint32_t)at;
    int status = line_status(reader, at);
    if (status)
        return bad(reader, status);
    if (at == size || (bytes[at] == '\r' && at + 1 == size))
        return HTTP_READ_MORE;
    if (bytes[at] != '\r' || bytes[at + 1] != '\n')
        return bad(reader, 400);
    return HTTP_READ_DONE;
}

/* Chunks of one byte cost six: what they take up is bounded, too. */
static bool is_bloated(const struct http_reader *reader)
{
    size_t raw = reader->scanned - reader->start - reader->head_size;
    return raw > 2 * (size_t)reader->body_max + HTTP_TRAILER_MAX;
}

enum http_read http_chunks_find(struct http_reader *reader, const char *bytes, size_t size)
{
    for (;;) {
        if (is_bloated(reader))
            return bad(reader, 413);
        if (reader->chunk_state == CHUNK_BYTES)
            skip_bytes(reader, size);
        if (reader->chunk_state == CHUNK_BYTES)
            return HTTP_READ_MORE;

        enum http_read result = find_line(reader, bytes, size);
        if (result != HTTP_READ_DONE)
            return result;
        struct slice line = slice_of(bytes + reader->line, reader->scanned - reader->line);
        reader->scanned += 2;
        reader->line = reader->scanned;
        result = take_line(reader, line);
        if (result != HTTP_READ_MORE)
            return result;
    }
}
