/* answer.h - answers, written whole into the exchange's output buffer: head, and body unless the request was HEAD.
 * None of them finishes the exchange. */
#ifndef REDIRECTOR_ANSWER_H
#define REDIRECTOR_ANSWER_H
#include "core/base/problem.h"
#include "redirector/exchange.h"

/* 302 with Cache-Control: private, no-store and Referrer-Policy. The location is written by the caller
 * between the two: answer_redirect_begin(), url_merge(exchange->out, …), answer_redirect_end(). */
void answer_redirect_begin(struct exchange *exchange);
void answer_redirect_end(struct exchange *exchange);

/* A small readable page (404, 410, 503 …), self-contained, dark and light. 503 says when to try again. */
void answer_page(struct exchange *exchange, int status, const char *heading, const char *sentence);
void answer_problem(struct exchange *exchange, const struct problem *problem); /* RFC 9457 */
void answer_json(struct exchange *exchange, int status, struct slice json);
void answer_bytes(struct exchange *exchange, int status, const char *content_type,
                  struct slice body); /* robots.txt, favicon, metrics */

/* The path exists, the method doesn't: 405, or to OPTIONS 204, each with Allow. Bits: 1u << enum http_method. */
void answer_methods(struct exchange *exchange, unsigned methods);

/* What HTTP itself refuses: 400, 404, 408, 413, 414, 417, 431, 500, 501, 503, 505. As a page on the public listener, as a
 * problem on the API's. */
void answer_refusal(struct exchange *exchange, int status);

/* Status line, Date, Connection and what goes with the status; `fields` are whole lines, or "". The caller ends the
 * head with an empty line. */
void answer_begin(struct exchange *exchange, int status, const char *fields);
#endif
