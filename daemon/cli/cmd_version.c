/* callout version */
#include <stdio.h>

#include "cli/command.h"
#include "names/istio_version.h"

enum exit_status cmd_version(struct arena *arena, const struct arguments *arguments)
{
	(void)arena;
	(void)arguments;
	printf("callout " CALLOUT_VERSION "\nmanifests: callout.dev/v1alpha1\nIstio: 1.%d to 1.%d\n", ISTIO_OLDEST,
	       ISTIO_NEWEST);
	return EXIT_FINE;
}
