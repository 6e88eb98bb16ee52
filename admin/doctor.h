/* doctor.h - the checks of an installation: each says, in a line or more, what is well, doubtful or wrong, and what to
 * do about it. A check sees what those before it opened in the session. */
#ifndef ADMIN_DOCTOR_H
#define ADMIN_DOCTOR_H
#include "admin/session.h"

enum doctor_verdict { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct list_out;

struct doctor {
    struct session *session;
    const char *check;     /* the one that speaks */
    struct list_out *list; /* NULL: lines for people */
    size_t failed;
    int error; /* of printing */
};

typedef void doctor_check(struct doctor *doctor);

void doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Says what session->problem says, and clears it. */
void doctor_say_problem(struct doctor *doctor, enum doctor_verdict verdict);
/* Does another process hold DIR/jalond.lock? */
bool doctor_is_jalond_running(const struct doctor *doctor);

/* doctor_files.c */
doctor_check doctor_folder, doctor_settings, doctor_keys, doctor_secrets, doctor_databases,
    doctor_zones;
/* doctor_store.c */
doctor_check doctor_store, doctor_persistence, doctor_clock, doctor_jalond;
/* doctor_journal.c */
doctor_check doctor_journal;
#endif
