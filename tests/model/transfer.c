/* SPDX-License-Identifier: MIT */
/*
 * Data through the unit: "Handling Requests Crossing Page Boundaries", then memory.
 */
#include "tests/model/internal.h"

static unsigned int piece_bytes(uint64_t address, unsigned int left)
{
	unsigned int room = MU_PAGE_BYTES - (unsigned int)page_offset(address);

	return left < room ? left : room;
}

/* One piece, within one page. */
static bool move(struct model_unit *unit, const struct model_request *piece, uint8_t *data)
{
	const bool is_read = piece->kind == MODEL_READ;
	struct model_answer answer;

	if (!model_translate(unit, piece, &answer)) {
		if (is_read && answer.reported && defect(unit, FAULT_READ_ANSWERED))
			unit->host.read(unit->host.context, piece->address, data, piece->bytes);
		return false;
	}
	if (answer.completion != MODEL_SUCCESS)
		return true;
	return is_read ? unit->host.read(unit->host.context, answer.phys, data, piece->bytes)
		       : unit->host.write(unit->host.context, answer.phys, data, piece->bytes);
}

bool model_dma(struct model_unit *unit, const struct model_request *request, void *data)
{
	struct model_request piece = *request;
	unsigned int done = 0;

	if (request->type != MODEL_UNTRANSLATED && request->type != MODEL_TRANSLATED)
		return false;
	if (request->kind == MODEL_WRITE && request->bytes == sizeof(piece.data))
		memcpy(&piece.data, data, sizeof(piece.data));
	do {
		piece.address = request->address + done;
		piece.bytes = piece_bytes(piece.address, request->bytes - done);
		if (!move(unit, &piece, (uint8_t *)data + done))
			return false;
		done += piece.bytes;
	} while (done < request->bytes);
	return true;
}
