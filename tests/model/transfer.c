/* SPDX-License-Identifier: MIT */
/*
 * Data through the unit: "Handling Requests Crossing Page Boundaries", then memory.
 */
#include "tests/model/internal.h"

enum { SWAP_BYTES = 64 };

static unsigned int piece_bytes(uint64_t address, unsigned int left)
{
	unsigned int room = MU_PAGE_BYTES - (unsigned int)page_offset(address);

	return left < room ? left : room;
}

/* One piece, within one page; `write` as the caller asked, whatever kind the request claims. */
static bool move(struct model_unit *unit, const struct model_request *piece, uint8_t *data,
		 bool write)
{
	uint8_t old[SWAP_BYTES];
	struct model_answer answer;
	bool swaps = write && piece->kind == MODEL_ATOMIC;

	if (swaps && piece->bytes > SWAP_BYTES)
		return false;
	if (!model_translate(unit, piece, &answer)) {
		if (!write && answer.reported && defect(unit, FAULT_READ_ANSWERED))
			unit->host.read(unit->host.context, piece->address, data, piece->bytes);
		return false;
	}
	if (answer.completion != MODEL_SUCCESS || piece->bytes == 0)
		return true;
	if (swaps && !unit->host.read(unit->host.context, answer.phys, old, piece->bytes))
		return false;
	if (!(write ? unit->host.write(unit->host.context, answer.phys, data, piece->bytes)
		    : unit->host.read(unit->host.context, answer.phys, data, piece->bytes)))
		return false;
	if (swaps)
		memcpy(data, old, piece->bytes);
	return true;
}

static bool transfer(struct model_unit *unit, const struct model_request *request, uint8_t *data,
		     bool write)
{
	struct model_request piece = *request;
	unsigned int done = 0;

	if (request->type != MODEL_UNTRANSLATED && request->type != MODEL_TRANSLATED)
		return false;
	do {
		piece.address = request->address + done;
		piece.bytes = piece_bytes(piece.address, request->bytes - done);
		if (write && piece.bytes == 4)
			memcpy(&piece.data, data + done, 4);
		if (!move(unit, &piece, data + done, write))
			return false;
		done += piece.bytes;
	} while (done < request->bytes);
	return true;
}

bool model_dma_read(struct model_unit *unit, const struct model_request *request, void *data)
{
	struct model_request read = *request;

	read.kind = MODEL_READ;
	return transfer(unit, &read, data, false);
}

bool model_dma_write(struct model_unit *unit, const struct model_request *request, void *data)
{
	struct model_request write = *request;

	if (write.kind == MODEL_READ)
		write.kind = MODEL_WRITE;
	return transfer(unit, &write, data, true);
}
