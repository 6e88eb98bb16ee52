/* command.h - the commands, a row each: what parses the command line, prints the help and is held against the docs.
 * Exit codes: 0 done, 1 failed, 2 wrong usage. */
#ifndef ADMIN_COMMAND_H
#define ADMIN_COMMAND_H
#include "admin/session.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* On failure session->problem has the words. */
typedef int command_run(struct session *session);

struct command {
    const char *noun, *verb; /* verb NULL: the noun alone is the command */
    const char *arguments;   /* as help shows them: "SLUG", "[FILE]" */
    size_t argument_min, argument_max;
    enum option_fields fields;        /* of the table of `record` */
    const struct option_row *options; /* beside those; may be NULL */
    bool has_format;                  /* takes --format table|csv|json */
    enum session_needs needs;
    command_run *run;
    const char *summary;
    const char *more;   /* a paragraph for help, or NULL */
    const char *record; /* noun whose fields are its options; NULL: the one with the same name */
    const char *key;    /* field that the first argument gives; NULL: none */
    bool has_html;      /* --format takes html too */
};

struct noun_summary {
    const char *noun, *summary;
};

/* By index; NULL past the last. Grouped by noun, in the order that help shows. */
const struct command *command_at(size_t index);
const struct noun_summary *command_noun_at(size_t index);
/* The options that every command takes; ended by a NULL name. */
extern const struct option_row command_global_options[];
const struct noun *command_record(const struct command *command); /* NULL when it has none */
/* All options of a command: its own, its fields', --format, and the global ones. */
void command_options(const struct command *command, struct option_table *ret_table);

/* The whole program but the process: parses, runs, complains on stderr; the exit code. */
int command_main(int argc, char **argv);
#endif
