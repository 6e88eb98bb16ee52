/* session.h - one run of a command: what was asked for, and what of the installation was opened for it. */
#ifndef ADMIN_SESSION_H
#define ADMIN_SESSION_H
#include "admin/options.h"
#include "core/registry/registry.h"
#include "core/store/folder.h"
#include "core/store/settings.h"

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_HTML };

enum session_needs { /* each includes those before it */
                     NEEDS_NOTHING,
                     NEEDS_SETTINGS, /* an initialised data folder */
                     NEEDS_KEYS,
                     NEEDS_STORE
};

struct command; /* command.h */
struct store;

struct session {
    const struct command *command;
    const struct options *options;
    enum format format;
    int64_t now_ms;
    const char *folder;
    char config[FOLDER_PATH_MAX];
    char key_file[FOLDER_PATH_MAX];
    bool has_settings;
    struct settings settings;
    jalon_keys *keys;
    struct store *store;
    struct registry registry; /* over keys, and over the store where it is open */
    bool is_usage;            /* the failure is the command line's: exit 2 */
    struct problem problem;
};

/* Finds folder and configuration (not yet read). On failure session->problem says why, as below. */
CHECKED int session_init(struct session *session, const struct command *command,
                         const struct options *options);
/* Opens what is not open yet. */
CHECKED int session_open(struct session *session, enum session_needs needs);
void session_done(struct session *session);

/* Sets the problem and marks it as the command line's: `return session_usage(...)`. JALON_INVALID. */
int session_usage(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* Words for an error that came without. Returns it. */
int session_fail(struct session *session, int error, const char *what);

/* The command's argument `index`, empty when it was not given. */
struct slice session_argument(const struct session *session, size_t index);

/* Asks on the terminal; JALON_OK when the answer is yes or --yes was given. */
CHECKED int session_confirm(struct session *session, const char *question);
#endif
