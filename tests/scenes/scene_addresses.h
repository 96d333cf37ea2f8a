/* SPDX-License-Identifier: MIT */
/* Where in the agent's addresses a stage has what; for those who build it. */
#pragma once

#include "tests/scenes/scene.h"

/* Of the leaf that maps the window. */
unsigned int stage_page_shift(const struct stage *stage);

/* The window lies at the physical address of pages of our own: wherever it may be chosen. */
bool scene_has_bystanders(const struct scene *scene);

/* Where the window is due. The canaries are cut, and it is known how deep the tables are. */
iova_t stage_place_window(const struct stage *stage);

/* Where the mailbox is due; the window has its place. */
iova_t stage_place_mailbox(const struct stage *stage);

/* Nested: how wide addresses of the second stage below are, and how much further up entries say that a page lies. */
unsigned int stage_host_bits(const struct stage *stage);
uint64_t stage_guest_offset(const struct stage *stage);
