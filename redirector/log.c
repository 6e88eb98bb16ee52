#include "redirector/log.h"

#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/ledger/moment.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

/* The one thing here that the whole process shares: what stderr is to look like. Relaxed: a message may still
 * be written in the old form while a reload changes it. */
static _Atomic unsigned log_level_now = LOG_INFO;
static _Atomic bool is_json_now = false;

void log_configure(enum log_level level, bool is_json)
{
    atomic_store_explicit(&log_level_now, (unsigned)level, memory_order_relaxed);
    atomic_store_explicit(&is_json_now, is_json, memory_order_relaxed);
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {
        [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
    return names[level];
}

/* Bytes of the UTF-8 character that starts here; 1 where none does. */
static size_t character_size(const char *text)
{
    unsigned char lead = (unsigned char)*text;
    size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    for (size_t i = 1; i < size; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 1;
    return size;
}

/* A message is one line whatever is in it: no control byte passes. What is too much is cut between characters. */
static void append_message(struct buffer *line, const char *message, bool is_json)
{
    while (*message && !buffer_error(line)) {
        size_t size = character_size(message);
        if ((unsigned char)*message < ' ' || *message == 0x7f)
            buffer_append_byte(line, ' ');
        else if (is_json && (*message == '"' || *message == '\\'))
            buffer_append(line, slice_of((char[]){'\\', *message}, 2));
        else
            buffer_append(line, slice_of(message, size));
        message += size;
    }
}

size_t log_format(char *ret_line, size_t capacity, enum log_level level, bool is_json,
                  int64_t now_ms, const char *message)
{
    struct buffer line;
    buffer_over(&line, ret_line, capacity - 4); /* room for the end, whatever happens */
    char time[MOMENT_TEXT_MAX];
    moment_format(time, now_ms);
    if (is_json) {
        buffer_append_string(&line, "{\"time\":\"");
        buffer_append_string(&line, time);
        buffer_append_string(&line, "\",\"level\":\"");
        buffer_append_string(&line, level_name(level));
        buffer_append_string(&line, "\",\"message\":\"");
    } else {
        buffer_append_string(&line, time);
        buffer_append_byte(&line, ' ');
        buffer_append_string(&line, level_name(level));
        buffer_append_byte(&line, ' ');
    }
    append_message(&line, message, is_json);
    size_t size = line.size;
    if (is_json) {
        ret_line[size++] = '"';
        ret_line[size++] = '}';
    }
    ret_line[size++] = '\n';
    ret_line[size] = '\0';
    return size;
}

static void write_message(enum log_level level, const char *format, va_list arguments)
{
    if ((unsigned)level > atomic_load_explicit(&log_level_now, memory_order_relaxed))
        return;
    char message[LINE_MAX_BYTES / 2];
    (void)vsnprintf(message, sizeof message, format, arguments); /* cut when too long */
    char line[LINE_MAX_BYTES + 64];
    size_t size = log_format(line, sizeof line, level,
                             atomic_load_explicit(&is_json_now, memory_order_relaxed),
                             clock_wall_ms(), message);
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written; /* there is nobody left to tell */
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        write_message(level, format, arguments);                                                   \
        va_end(arguments);                                                                         \
    }

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
