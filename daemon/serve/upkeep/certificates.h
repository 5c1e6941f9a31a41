/* certificates.h - how long certificates are good, and those that are renewed on the disk while the daemon runs.
 *
 * cert-manager and the like renew a certificate and signal nobody: kubelet turns a link, and that is all. So the files are
 * looked at every minute, and what is new in them is put in force as by a reload, but for all other settings.
 */
#ifndef CALLOUT_SERVE_CERTIFICATES_H
#define CALLOUT_SERVE_CERTIFICATES_H

#include "config/config.h"
#include "serve/http/tls.h"

struct certificates;
struct service;

/* The settings that name the files, as they are spelled; in the order of TLS_CERT and TLS_CLIENT_CA. */
extern const char *const certificate_settings[TLS_FILES];

struct tls_paths certificate_paths(const struct config *);

/* CERTIFICATE_ENDING: it ends within a week or, where its life is a short one, within the last quarter of that. */
enum certificate_state { CERTIFICATE_GOOD, CERTIFICATE_ENDING, CERTIFICATE_EARLY, CERTIFICATE_ENDED };
enum certificate_state certificate_state(const struct tls_term *, int64_t unix_s);

/* Adds a warning for each file with a certificate that is not good, or soon will be no more. terms: of TLS_FILES files. */
void certificates_judge(const struct config *, const struct tls_term *terms, struct diags *);

/* What was seen of them; it lives in the service's arena. */
struct certificates *certificates_new(struct service *);
/* To be called at least every minute, by the thread that reloads; reloaded: it has just done so, and this is no look at
 * the files. */
void certificates_follow(struct certificates *, bool reloaded);

#endif
