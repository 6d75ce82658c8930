//! RTP and RTCP for every leg alike (RFC 3550): packets, what was received, what is sent, reports.

mod compound;
mod extension;
mod loss;
mod mos;
mod ntp;
mod packet;
mod receiver;
mod reports;
mod rtcp;
mod sender;

pub use compound::{Compound, write_bye, write_report};
pub use extension::{AudioLevel, Element, Elements, LEVEL_LENGTH};
pub use mos::{Conditions, mean_opinion_score};
pub use ntp::Ntp;
pub use packet::{HEADER_LENGTH, Header, Malformed, Packet, is_rtcp};
pub use receiver::{Arrival, Receiver};
pub use reports::Reports;
pub use rtcp::{Block, Rtcp, RtcpPackets, SenderReport};
pub use sender::{Sender, SourcePacket, StreamKey};
