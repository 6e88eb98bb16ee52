/* log.h - one line a message, to stderr, as text or as JSON. No secret, no address of a visitor and no User-Agent
 * is ever logged. Thread-safe: a message is one write(2). Never called once a request. */
#ifndef REDIRECTOR_LOG_H
#define REDIRECTOR_LOG_H
#include "core/store/settings.h"

/* For the whole process; at start and at each reload. */
void log_configure(enum log_level level, bool is_json);

void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

/* The line that would be written, into ret_line with its newline and a NUL; its length. For log.c and its test. */
size_t log_format(char *ret_line, size_t capacity, enum log_level level, bool is_json,
                  int64_t now_ms, const char *message);
#endif
