//! The interfaces of a pcapng section: link type, time unit, and how many packets each lost.

use super::{number, word};
use crate::base::time::Timestamp;
use crate::capture::CaptureInfo;
use pcap_parser::PcapNGOption;
use pcap_parser::pcapng::{InterfaceDescriptionBlock, InterfaceStatisticsBlock};

const OPTION_TSRESOL: u16 = 9;
const OPTION_TSOFFSET: u16 = 14;
/// Packets that the interface lost, and that the operating system lost, since the capture began.
const OPTIONS_DROPPED: [u16; 2] = [5, 7];
/// The time unit without the option: ten to the power of minus six.
const MICROSECONDS: u8 = 6;

/// What the packets of one interface have in common.
#[derive(Clone, Copy)]
pub(super) struct Interface {
    pub(super) link_type: u16,
    snaplen: u32,
    units_per_second: u64,
    digits: u8,
    offset_seconds: i64,
    /// Packets lost, as its statistics say.
    lost: Option<u64>,
    /// Packets lost, as its packets say.
    lost_between: Option<u64>,
}

impl Interface {
    fn with(link_type: u16, snaplen: u32, resolution: u8, offset_seconds: i64) -> Self {
        let (units_per_second, digits) = time_unit(resolution);
        Self { link_type, snaplen, units_per_second, digits, offset_seconds, lost: None, lost_between: None }
    }

    pub(super) fn new(block: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Self {
        let option = block.options.iter().find(|option| option.code.0 == OPTION_TSRESOL);
        let resolution = option.map(PcapNGOption::value).and_then(|value| value.first().copied()).unwrap_or(MICROSECONDS);
        // The option is signed; its bits are taken as they are.
        let offset = number(&block.options, OPTION_TSOFFSET, big_endian).unwrap_or_default() as i64;
        Self::with((block.linktype.0 & 0xffff) as u16, block.snaplen, resolution, offset)
    }

    /// An interface whose options cannot be read.
    pub(super) fn without_options(bytes: &[u8], big_endian: bool) -> Self {
        let first = word(bytes, 8, big_endian);
        let link_type = if big_endian { first >> 16 } else { first & 0xffff };
        Self::with(link_type as u16, word(bytes, 12, big_endian), MICROSECONDS, 0)
    }

    /// When a packet with this time stamp was seen.
    pub(super) fn time(&self, units: u64) -> Timestamp {
        // The units that nearly all captures have need no division.
        let nanos = match self.units_per_second {
            1_000_000 => i128::from(units) * 1000,
            1_000_000_000 => i128::from(units),
            per_second => i128::from(units) * 1_000_000_000 / i128::from(per_second),
        };
        Timestamp::from_wide_nanos(nanos + i128::from(self.offset_seconds) * 1_000_000_000)
    }

    /// How much of a packet of this length is kept.
    pub(super) fn kept(&self, original: u32) -> usize {
        (if self.snaplen == 0 { original } else { original.min(self.snaplen) }) as usize
    }

    /// Packets lost. Where both its statistics and its packets say something, they say the same in two ways.
    fn dropped(&self) -> Option<u64> {
        self.lost.max(self.lost_between)
    }
}

/// The interfaces of the current section, in the order of their numbers.
pub(super) struct Interfaces {
    list: Vec<Interface>,
    ceiling: usize,
    /// Packets lost in the sections before.
    dropped_before: Option<u64>,
}

impl Interfaces {
    pub(super) const fn new(ceiling: usize) -> Self {
        Self { list: Vec::new(), ceiling, dropped_before: None }
    }

    pub(super) fn get(&self, number: usize) -> Option<&Interface> {
        self.list.get(number)
    }

    pub(super) fn new_section(&mut self) {
        self.dropped_before = self.total();
        self.list.clear();
    }

    /// Adds the next interface; says whether there was room.
    pub(super) fn add(&mut self, interface: Interface, info: &mut CaptureInfo) -> bool {
        if self.list.len() >= self.ceiling {
            return false;
        }
        self.list.push(interface);
        info.time_digits = info.time_digits.max(interface.digits);
        if !info.link_types.contains(&interface.link_type) {
            info.link_types.push(interface.link_type);
        }
        true
    }

    /// Takes an interface's statistics. They count from the capture's beginning, so the latest are the ones.
    pub(super) fn statistics(&mut self, block: &InterfaceStatisticsBlock<'_>, big_endian: bool, info: &mut CaptureInfo) {
        let lost = OPTIONS_DROPPED.map(|code| number(&block.options, code, big_endian));
        if let Some(interface) = self.list.get_mut(block.if_id as usize)
            && lost != [None, None]
        {
            interface.lost = interface.lost.max(Some(lost.into_iter().flatten().fold(0, u64::saturating_add)));
            info.dropped = self.total();
        }
    }

    /// Takes a packet's word that so many were lost directly before it.
    pub(super) fn dropped(&mut self, number: u32, lost: Option<u64>, info: &mut CaptureInfo) {
        if let (Some(lost), Some(interface)) = (lost, self.list.get_mut(number as usize)) {
            interface.lost_between = Some(interface.lost_between.unwrap_or_default().saturating_add(lost));
            info.dropped = self.total();
        }
    }

    fn total(&self) -> Option<u64> {
        self.list.iter().map(Interface::dropped).chain([self.dropped_before]).flatten().reduce(u64::saturating_add)
    }
}

/// The units per second of an `if_tsresol` option, and how many decimal digits show them.
fn time_unit(resolution: u8) -> (u64, u8) {
    let exponent = resolution & 0x7f;
    if resolution & 0x80 == 0 {
        (10_u64.checked_pow(u32::from(exponent)).unwrap_or(1_000_000), exponent.min(9))
    } else {
        let units = 1_u64.checked_shl(u32::from(exponent)).unwrap_or(1_000_000);
        // A power of two is shown with as many digits as its unit needs: three for each ten bits.
        (units, (exponent.min(30) * 3).div_ceil(10).min(9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_units_of_both_bases() {
        assert_eq!(time_unit(6), (1_000_000, 6));
        assert_eq!(time_unit(9), (1_000_000_000, 9));
        assert_eq!(time_unit(0x94), (1 << 20, 6));
        assert_eq!(time_unit(0x80 | 63), (1 << 63, 9));
        assert_eq!((time_unit(0x7f), time_unit(0xff)), ((1_000_000, 9), (1_000_000, 9)), "no clock is so fine");
        assert_eq!(Interface::with(1, 0, 0x94, -1).time(3 << 19).nanos(), 500_000_000);
        assert_eq!(Interface::with(1, 0, 12, 0).time(1_000_000_000_500).nanos(), 1_000_000_000);
    }

    #[test]
    fn losses_add_up_over_interfaces_and_sections() {
        let mut info = CaptureInfo::default();
        let mut interfaces = Interfaces::new(2);
        let lost = |lost| Interface { lost, ..Interface::with(1, 0, 6, 0) };
        assert!(interfaces.add(lost(None), &mut info));
        assert_eq!(interfaces.total(), None);
        assert!(interfaces.add(lost(Some(3)), &mut info));
        assert!(!interfaces.add(lost(Some(9)), &mut info));
        interfaces.dropped(0, Some(1), &mut info);
        interfaces.dropped(0, Some(1), &mut info);
        interfaces.dropped(1, Some(2), &mut info);
        assert_eq!(info.dropped, Some(5), "the second interface's statistics and its packets speak of the same losses");
        interfaces.new_section();
        assert!(interfaces.add(lost(Some(10)), &mut info));
        assert_eq!(interfaces.total(), Some(15));
    }
}
