#include "admin/terminal.h"
#include "core/base/slice.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define WIDTH_MAX 10000
#define READABLE_WIDTH 100 /* longer lines of text are hard to read */

bool terminal_is(FILE *stream)
{
    return isatty(fileno(stream));
}

unsigned terminal_width(FILE *stream)
{
    struct winsize size;
    if (terminal_is(stream) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    uint64_t columns;
    if (slice_to_u64(&columns, slice_of_string(getenv("COLUMNS")), WIDTH_MAX) || columns == 0)
        return WIDTH_DEFAULT;
    return (unsigned)columns;
}

bool terminal_has_color(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color && *no_color)
        return false;
    return terminal_is(stream) && term && strcmp(term, "dumb") != 0;
}

static size_t columns(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80; /* no continuation byte */
    return count;
}

size_t terminal_characters(const char *text)
{
    return columns(slice_of_string(text));
}

void terminal_print_wrapped(FILE *out, size_t at, size_t indent, const char *text)
{
    size_t width = terminal_width(out) < READABLE_WIDTH ? terminal_width(out) : READABLE_WIDTH;
    struct slice rest = slice_of_string(text);
    bool is_first = true;
    while (rest.size) {
        struct slice word = slice_take(&rest, ' ');
        if (!is_first && at + 1 + columns(word) > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!is_first) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", SLICE_ARG(word));
        at += columns(word);
        is_first = false;
    }
    fputc('\n', out);
}
