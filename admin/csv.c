#include "admin/csv.h"
#include "core/base/buffer.h"

#include <csv.h>
#include <stdlib.h>

/* libcsv grows a cell by as much at a time: by its own 128 bytes, a long one would be copied 30 000 times. */
#define CSV_GROWTH 65536
#define HEAD_MAX (64 * 1024) /* bytes in which the first line must end */

struct csv_reader {
    csv_row_visit *visit;
    void *context;
    struct csv_parser parser;
    bool is_started;    /* the separator is known */
    struct buffer head; /* what came before that */
    char separator;
    size_t line;          /* of the next byte */
    bool is_after_return; /* the last byte was a CR: a LF now ends no further line */
    bool is_in_row, is_skipping;
    size_t row_line, row_bytes;
    struct buffer text; /* the row's cells, one behind the other */
    size_t ends[CSV_CELLS_MAX];
    size_t count;
    const char *wrong;
    int error; /* of visit, or of our own */
};

static int start_parser(struct csv_reader *reader)
{
    if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI))
        return JALON_NO_MEMORY;
    csv_set_delim(&reader->parser, (unsigned char)reader->separator);
    csv_set_blk_size(&reader->parser, CSV_GROWTH);
    return JALON_OK;
}

int csv_reader_new(struct csv_reader **ret_reader, csv_row_visit *visit, void *context)
{
    struct csv_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return JALON_NO_MEMORY;
    reader->visit = visit;
    reader->context = context;
    reader->separator = ',';
    reader->line = 1;
    buffer_init(&reader->head, HEAD_MAX);
    buffer_init(&reader->text, CSV_ROW_MAX);
    int err = start_parser(reader);
    if (err)
        csv_reader_free(reader);
    else
        *ret_reader = reader;
    return err;
}

struct csv_reader *csv_reader_free(struct csv_reader *reader)
{
    if (!reader)
        return NULL;
    csv_free(&reader->parser);
    buffer_done(&reader->head);
    buffer_done(&reader->text);
    free(reader);
    return NULL;
}

/* libcsv's two callbacks: a cell, and the end of a row. */
static void take_cell(void *bytes, size_t size, void *context)
{
    struct csv_reader *reader = context;
    if (reader->count == CSV_CELLS_MAX) {
        reader->wrong = "has more cells than any import has columns";
        return;
    }
    buffer_append(&reader->text, slice_of(bytes, size));
    reader->ends[reader->count++] = reader->text.size;
}

static void visit_row(struct csv_reader *reader)
{
    struct slice cells[CSV_CELLS_MAX];
    struct csv_row row = {.line = reader->row_line, .cells = cells, .wrong = reader->wrong};
    struct slice text = buffer_slice(&reader->text);
    if (buffer_error(&reader->text))
        reader->error = buffer_error(&reader->text);
    if (!row.wrong && !slice_is_utf8(text))
        row.wrong = "is not UTF-8: save the file with that encoding";
    for (size_t i = 0; !row.wrong && i < reader->count; i++) {
        size_t start = i ? reader->ends[i - 1] : 0;
        cells[row.count++] = slice_first(slice_from(text, start), reader->ends[i] - start);
    }
    if (!reader->error)
        reader->error = reader->visit(reader->context, &row);
}

static void end_row(int terminator, void *context)
{
    (void)terminator; /* libcsv's way of telling CR from LF */
    struct csv_reader *reader = context;
    visit_row(reader);
    buffer_clear(&reader->text);
    reader->count = 0;
    reader->row_bytes = 0;
    reader->wrong = NULL;
    reader->is_in_row = false;
}

static int give_up(struct csv_reader *reader, int error, const char *wrong)
{
    reader->wrong = wrong;
    end_row(0, reader);
    return reader->error ? reader->error : error;
}

/* After a stray quote the parser knows nothing any more: a new one takes over on the next line. */
static int recover(struct csv_reader *reader, bool is_at_line_end)
{
    int err =
        give_up(reader, JALON_OK,
                "has a quote in the wrong place: put the cell into quotes and double those in it");
    if (err)
        return err;
    csv_free(&reader->parser);
    reader->is_skipping = !is_at_line_end;
    return start_parser(reader);
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_blank(struct slice piece)
{
    for (size_t i = 0; i < piece.size; i++)
        if (piece.data[i] != ' ' && !is_line_end(piece.data[i]))
            return false;
    return true;
}

/* `piece` holds no line end but as its last byte. */
static int feed_piece(struct csv_reader *reader, struct slice piece)
{
    bool is_at_line_end = is_line_end(piece.data[piece.size - 1]);
    if (reader->is_skipping) {
        reader->is_skipping = !is_at_line_end;
        return JALON_OK;
    }
    if (!reader->is_in_row && is_blank(piece))
        return JALON_OK;
    if (!reader->is_in_row)
        reader->row_line = reader->line;
    reader->is_in_row = true;
    reader->row_bytes += piece.size;
    if (reader->row_bytes > CSV_ROW_MAX)
        return give_up(reader, JALON_TOO_LONG,
                       "is longer than 4 MiB: a quote may be missing its partner");
    size_t taken = csv_parse(&reader->parser, piece.data, piece.size, take_cell, end_row, reader);
    if (reader->error)
        return reader->error;
    if (taken == piece.size)
        return JALON_OK;
    return csv_error(&reader->parser) == CSV_EPARSE ? recover(reader, is_at_line_end)
                                                    : JALON_NO_MEMORY;
}

static void count_line(struct csv_reader *reader, struct slice piece)
{
    char last = piece.data[piece.size - 1];
    bool is_second_half = last == '\n' && piece.size == 1 && reader->is_after_return;
    if (is_line_end(last) && !is_second_half)
        reader->line++;
    reader->is_after_return = last == '\r';
}

static size_t line_size(struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (is_line_end(bytes.data[i]))
            return i + 1;
    return bytes.size;
}

static int feed_lines(struct csv_reader *reader, struct slice bytes)
{
    while (bytes.size) {
        struct slice piece = slice_first(bytes, line_size(bytes));
        int err = feed_piece(reader, piece);
        if (err)
            return err;
        count_line(reader, piece);
        bytes = slice_from(bytes, piece.size);
    }
    return JALON_OK;
}

static size_t count_byte(struct slice text, char byte)
{
    size_t count = 0;
    for (size_t at = slice_find(text, byte, 0); at < text.size; at = slice_find(text, byte, at + 1))
        count++;
    return count;
}

static int start(struct csv_reader *reader)
{
    struct slice head = buffer_slice(&reader->head);
    if (slice_starts(head, SLICE("\xef\xbb\xbf")))
        head = slice_from(head, 3);
    struct slice line = slice_first(head, line_size(head));
    size_t most = 0;
    for (const char *separator = ",;\t"; *separator; separator++) {
        size_t count = count_byte(line, *separator);
        if (count <= most)
            continue;
        most = count;
        reader->separator = *separator;
    }
    csv_set_delim(&reader->parser, (unsigned char)reader->separator);
    reader->is_started = true;
    return feed_lines(reader, head);
}

int csv_reader_feed(struct csv_reader *reader, struct slice bytes)
{
    if (reader->is_started)
        return feed_lines(reader, bytes);
    /* The head takes what fits, and at least the whole first line. */
    size_t room = HEAD_MAX - reader->head.size;
    struct slice first = slice_first(bytes, room);
    buffer_append(&reader->head, first);
    if (buffer_error(&reader->head))
        return buffer_error(&reader->head);
    if (slice_find(first, '\n', 0) == first.size && slice_find(first, '\r', 0) == first.size &&
        reader->head.size < HEAD_MAX)
        return JALON_OK;
    int err = start(reader);
    return err ? err : feed_lines(reader, slice_from(bytes, first.size));
}

int csv_reader_end(struct csv_reader *reader)
{
    int err = reader->is_started ? JALON_OK : start(reader);
    if (err || !reader->is_in_row)
        return err;
    if (csv_fini(&reader->parser, take_cell, end_row, reader) == 0)
        return reader->error;
    return csv_error(&reader->parser) == CSV_EPARSE
               ? give_up(reader, JALON_MALFORMED,
                         "has a quoted cell that never ends: its closing quote is missing")
               : JALON_NO_MEMORY;
}
