/* json_out.h - a JSON object appended without a tree: for streams of millions. */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H
#include "core/base/buffer.h"

struct json_out {
    struct buffer *out;
    bool is_first; /* member of its object */
};

void json_out_start(struct json_out *json, struct buffer *out); /* "{" */
void json_out_text(struct json_out *json, const char *name, struct slice text);
void json_out_text_or_null(struct json_out *json, const char *name, struct slice text);
/* `json` is JSON already. */
void json_out_raw(struct json_out *json, const char *name, struct slice text);
void json_out_number(struct json_out *json, const char *name, int64_t number);
/* A member that is an object itself: started on the same buffer next, and ended before the next member. */
void json_out_name(struct json_out *json, const char *name); /* needs no escapes */
void json_out_end(struct json_out *json);                    /* "}" */
/* RFC 8259 section 7, with quotes around. Bytes that are no UTF-8 must have been refused before. */
void json_out_string(struct buffer *out, struct slice text);
#endif
