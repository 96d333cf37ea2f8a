# SPDX-License-Identifier: MIT
# Draws topologies that keep every rule of the specification: the same seed, the same units. What the
# book leaves to an implementation is drawn; what it ties together stays together.
package Lawful;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(topology);

# A command line has no room for more.
use constant TEXT_MAX => 900;

# A generator of our own: perl's rand() may differ from machine to machine.
my $state;
sub draw { $state = ($state * 1103515245 + 12345) & 0x7fffffff; return ($state >> 8) % $_[0] }
sub one_of { return $_[draw(scalar @_)] }
sub chance { my ($percent) = @_; return draw(100) < $percent }

# "+word" or "-word", each as likely as the other.
sub either { return join '', map { (chance(50) ? '+' : '-') . $_ } @_ }

# Second-stage widths: any set but the empty one; MGAW need not be one of them.
sub widths {
	my @all = (39, 48, 57);
	my %has = map { $_ => chance(50) } @all;
	$has{ one_of(@all) } = 1;
	my ($most) = grep { $has{$_} } reverse @all;
	return join '', (map { ($has{$_} ? '+' : '-') . "sagaw$_" } @all),
		'+mgaw=' . one_of($most - 1, $most - 1, 35, 38, 41, 47, 56);
}

# Records and IOTLB registers lie at neither the fixed nor the virtual command registers, nor, where there are
# memory types or enhanced commands, at theirs.
sub places {
	my $far = chance(30);
	my ($records, $iotlb) = ($far ? one_of(0, 7, 255) : one_of(0, 1, 3, 30), one_of(0x22, 0x12, 0xf0));
	return '+fro=' . ($far ? one_of(0x100, 0x133) : one_of(0x24, 0x30)) . "+nfr=$records+iro=$iotlb" .
		($iotlb == 0x12 ? '-mts' : '') . ($records == 30 ? '-ecmds-pms' : '');
}

sub version {
	my ($major) = @_;
	return "+ver=$major." . draw(4) . ($major == 1 ? either('dwd', 'drd') : '+dwd+drd');
}

sub second_stage {
	my $pages = one_of('-2m-1g', '+2m-1g', '+2m+1g');
	my $psi = chance(80) ? '+psi+mamv=' . one_of(0, 1, 9, 18, 20) : '-psi+mamv=0';
	return widths() . $pages . $psi . '+nd=' . draw(7) . either('c', 'cm', 'zlr', 'sc', 'pt', 'plmr', 'phmr', 'esrtps');
}

sub interrupts {
	return '-ir-eim-eimer-irreq-esirtps-pi+mhmv=0' if chance(20);
	my $eim = chance(70);
	return '+ir+mhmv=' . one_of(0, 15) . either('irreq', 'esirtps', 'pi') . ($eim ? '+eim' : '-eim') .
		($eim && chance(30) ? '+eimer' : '-eimer');
}

# What a unit may do in its own time or order, and what an earlier stage may have left on.
sub habits {
	my @entries = @_;
	return join '', (chance(40) ? '+merge' : '-merge'), (chance(30) ? '+lazy' : ''),
		(chance(30) ? '+gsts-delay=' . (1 + draw(5)) : ''),
		(chance(20) ? '+entry=' . one_of(@entries) : '');
}

sub device_tlbs {
	my ($has_pasid) = @_;
	return '-dt-prs-nwfs-dit-pds-ptrs' if chance(50);
	return '+dt' . either('prs', 'nwfs', 'dit', 'pds') . ($has_pasid ? either('ptrs') : '-ptrs');
}

sub virtual_commands {
	my ($has_pasid) = @_;
	return '-vcs' if !$has_pasid || chance(60);
	return '+vcs-draft' if chance(20);
	return '+vcs' . either('ns') . '+pasids=' . one_of(3, 100, 8191) . (chance(30) ? '+slow=3' : '') .
		(chance(20) ? '+shared' : '');
}

sub first_stage {
	my ($is_snooped) = @_;
	return '-fsts-nest-fs1gp-fs5lp-eafs' if chance(40);
	return '+fsts' . either('fs1gp', 'fs5lp', 'nest') . ($is_snooped ? either('eafs') : '-eafs');
}

# In place of the second: what goes with that one in scalable mode goes, too, and from major version 6 on all.
sub alone {
	my ($major) = @_;
	return '-ssts-ssads-ssirws-nest' . ($major < 6 ? '' : '-sagaw39-sagaw48-sagaw57');
}

sub scalable_unit {
	my $has_pasid = chance(75);
	my $walks = chance(60) ? '+smpwcs' . either('ssads') : '-smpwcs-ssads';
	my $major = 1 + draw(8);
	my $first = first_stage($walks =~ /\+smpwcs/);
	my $srs = chance(50) ? '+srs' . either('rprivs') : '-srs-rprivs';
	return one_of('sm', 'all', 'qemu') . '-rwbf+qi+smts+ssts' . version($major) . places() . second_stage() .
		interrupts() . ($has_pasid ? '+pasid+pss=' . one_of(7, 9, 15, 19) : '-pasid+pss=' . one_of(0, 8)) .
		$walks . $srs . $first . either('rps', 'adms') . (chance(50) ? '+ssirws' : chance(50) ? '-ssirws+tm' : '-ssirws') . device_tlbs($has_pasid) . virtual_commands($has_pasid) .
		habits('legacy-on', 'sm-on', 'qi-on') . (chance(30) ? '+fields-first' : '') .
		($first =~ /\+fsts/ && chance(40) ? alone($major) : '');
}

# Scalable mode that passes through or blocks; from major version 6 on it has no legacy tables either.
sub pass_through_unit {
	my $major = 1 + draw(8);
	my $unit = 'sm-ssts-ssirws+pt' . version($major) . places() . second_stage() . '+pt' . interrupts() . habits('sm-on', 'qi-on');
	return $major < 6 ? $unit : "$unit-sagaw39-sagaw48-sagaw57";
}

sub legacy_unit {
	my $unit = 'legacy' . places() . second_stage() . habits('legacy-on') . either('rwbf') .
		(chance(30) ? '+ttm-lost' : '') . (chance(30) ? '+tm' : '');
	return "$unit-qi-ir-eim-eimer-irreq-pi+mhmv=0-dt" . version(1 + draw(5)) if chance(20);
	return $unit . interrupts() . either('dt') . version(1 + draw(5));
}

sub topology {
	my ($seed) = @_;
	$state = $seed * 7919 + 17;
	draw(2) for 1 .. 4;
	my @kinds = (\&scalable_unit, \&scalable_unit, \&scalable_unit, \&legacy_unit, \&legacy_unit, \&pass_through_unit);
	my @units = map { one_of(@kinds)->() } 1 .. 2 + draw(3);
	pop @units while length(join ',', @units) > TEXT_MAX;
	return join ',', @units;
}

1;
