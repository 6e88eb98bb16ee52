/* http_fields.h - the header fields that mean something here, a row each. */
#ifndef REDIRECTOR_HTTP_FIELDS_H
#define REDIRECTOR_HTTP_FIELDS_H
#include "redirector/http_request.h"

struct http_fields { /* what a head's fields add up to, while they are read */
    struct http_request *request;
    struct http_reader *reader;
    bool has_host, has_length, has_coding, has_type, has_authorization;
    bool is_close_asked, is_keep_alive_asked;
};

/* Takes one field, its value without white space around it. 0, or the status to answer. */
int http_fields_take(struct http_fields *fields, struct slice name, struct slice value);
/* After the last one: what must be there, and what must not be there together. 0 or a status. */
int http_fields_end(struct http_fields *fields);
#endif
