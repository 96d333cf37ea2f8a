/* SPDX-License-Identifier: MIT */
/*
 * What a unit sends: messages to the processor, and to devices what they are to forget and answers to their page
 * requests. A modelled unit shows all of it, a real one what arrives here.
 */
#pragma once

#include "iommu/structures/interrupt_table.h"
#include "tests/model/unit.h"

/* Counts since they were last cleared, and the last of each. */
struct sent {
	unsigned int message_count, devtlb_count, response_count;
	struct interrupt_message message;
	struct model_devtlb_request devtlb;
	struct model_page_response response;
};

bool sent_is_same(const struct sent *a, const struct sent *b);

/* A device that shows what it is told, and how it answers when it is asked to forget; one that is not there does not. */
bool sent_has_device(const struct unit *unit, uint16_t sid);
enum model_devtlb_answer sent_devtlb_answer(const struct unit *unit, uint16_t sid);

enum { SENT_VECTORS = 2 };

/* Two vectors of this processor; false if there are none. */
bool sent_open(uint8_t vectors[SENT_VECTORS]);
void sent_close(void);

/* May go out: to nobody, or to one of the two vectors of this processor. */
bool sent_is_harmless(const struct unit *unit, const struct interrupt_message *message);

/* Begins to count what a unit sends; then the first difference to what is due, in words; NULL: none. */
void sent_begin(const struct unit *unit);
const char *sent_difference(const struct unit *unit, const struct sent *due);
