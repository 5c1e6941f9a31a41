/* xml_write.h - text inside XML 1.0: whatever a string holds, the document stays well-formed and shows it. */
#ifndef CALLOUT_REPORT_XML_WRITE_H
#define CALLOUT_REPORT_XML_WRITE_H

#include "base/buf.h"

/* Escapes markup; line ends and tabs become character references, so that attributes keep them; what XML 1.0 cannot
 * hold (controls, U+FFFE, U+FFFF, bytes that are not UTF-8) becomes U+FFFD. */
void xml_text(struct buf *, struct str);

/* " name="value"" */
void xml_attribute(struct buf *, const char *name, struct str value);
void xml_attribute_uint(struct buf *, const char *name, uint64_t value);

#endif
