/* handlers.h - what the rows of the table of commands run, by file. */
#ifndef ADMIN_HANDLERS_H
#define ADMIN_HANDLERS_H
struct session; /* session.h */

/* init.c */
int init_run(struct session *session);
/* keys.c, keys_retire.c */
int keys_list(struct session *session);
int keys_rotate(struct session *session);
int keys_export(struct session *session);
int keys_retire(struct session *session);
/* verb.c: for each noun that the table in operations.c has */
int verb_add(struct session *session);
int verb_set(struct session *session);
int verb_show(struct session *session);
int verb_list(struct session *session);
int creator_erase_run(struct session *session);
int token_revoke_run(struct session *session);
int link_verify_run(struct session *session);
/* campaign.c */
int campaign_set_run(struct session *session);
/* code.c */
int code_add_run(struct session *session);
int code_set_run(struct session *session);
int code_show_run(struct session *session);
int code_verify_run(struct session *session);
int code_rotate_run(struct session *session);
/* ledger.c */
int cost_add_run(struct session *session);
int post_add_run(struct session *session);
int conversion_add_run(struct session *session);
int conversion_set_run(struct session *session);
int conversion_refund_run(struct session *session);
/* import.c: for each noun that has an import file */
int import_run(struct session *session);
/* report.c */
int report_show(struct session *session);
/* export_clicks.c, export_conversions.c */
int export_clicks(struct session *session);
int export_conversions(struct session *session);
/* doctor.c */
int doctor_run(struct session *session);
#endif
