/* session.h - the HTTP side of a connection: bytes in, exchanges, bytes out. Knows no socket, so that whole
 * requests run in a test without one.
 *
 * An idle session owns no memory but itself: what is needed while bytes are worked on (struct work) is borrowed from
 * the worker and given back, and the beginning of a request that is not whole yet is kept in a block of its size. */
#ifndef REDIRECTOR_SESSION_H
#define REDIRECTOR_SESSION_H
#include "redirector/exchange.h"

struct work;

/* What the connection has to do, always after sending what session_output() has. */
enum session_next {
    SESSION_READS, /* give it more bytes */
    SESSION_FULL, /* more requests are here already, and so much output that it goes first: session_run() */
    SESSION_PARKED, /* an exchange is not finished yet; `resumed` will be called, once */
    SESSION_CLOSES  /* nothing more is read or answered */
};

struct session {
    struct worker *worker;
    struct address peer;
    void (*resumed)(struct session *session); /* the parked exchange is finished: session_run() */
    struct work *work;                        /* NULL while idle */
    char *bytes;                              /* input: work->input, or a block of its own */
    uint32_t used, size, capacity;            /* of bytes; those before `used` are answered */
    uint32_t sent, answer_start;              /* in the output */
    struct http_reader reader;
    uint8_t listener; /* enum listener_kind */
    bool is_own_block, is_handling, is_finished, is_parked, is_closing;
};

void session_init(struct session *session, struct worker *worker, enum listener_kind listener,
                  const struct address *peer);
void session_done(struct session *session); /* not while it is parked */

/* Where the next bytes go; NULL when there is no memory. */
char *session_room(struct session *session, size_t *ret_size);
void session_take(struct session *session, size_t size); /* so many bytes were put there */
/* Answers all requests that are whole. */
enum session_next session_run(struct session *session);
/* It will be run, next or the one after: what it most likely looks for starts on its way into the processor's cache. */
void session_expect(const struct session *session, bool is_next);
/* No more bytes will come. A request that is not whole is refused. */
enum session_next session_take_end(struct session *session);
/* They did not come in time. */
enum session_next session_take_timeout(struct session *session);

struct slice session_output(const struct session *session); /* what may be sent now */
void session_sent(struct session *session, size_t size);

/* All is sent and the next bytes will take a while: gives back what is not needed meanwhile. */
CHECKED int session_rest(struct session *session);

bool session_is_begun(const struct session *session);   /* some bytes of a request are here */
bool session_is_in_body(const struct session *session); /* its head is */

/* Frees what worker->spare_work holds. */
void session_free_spare(struct worker *worker);
#endif
