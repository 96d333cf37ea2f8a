/* SPDX-License-Identifier: MIT */
/* "DMA Remapping Reporting Structure": what its flags mean for a plan. */
#include "iommu/bringup/bringup.h"

/* X2APIC_OPT_OUT counts only beside INTR_REMAP. */
struct bringup_firmware bringup_firmware(const struct dmar *dmar)
{
	const bool remaps = dmar->flags & DMAR_FLAG_INTR_REMAP;

	return (struct bringup_firmware){
		.denies_interrupt_remapping = !remaps,
		.opts_out_of_x2apic = remaps && dmar->flags & DMAR_FLAG_X2APIC_OPT_OUT,
		.opts_in_to_dma_control = dmar->flags & DMAR_FLAG_DMA_CTRL_OPT_IN,
	};
}
