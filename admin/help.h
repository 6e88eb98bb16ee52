/* help.h - what --help prints on each level, made from the table of commands and the nouns' fields. */
#ifndef ADMIN_HELP_H
#define ADMIN_HELP_H
#include <stdio.h>

struct command; /* command.h */

void help_print_top(FILE *out);
void help_print_noun(FILE *out, const char *noun);
void help_print_command(FILE *out, const struct command *command);
#endif
