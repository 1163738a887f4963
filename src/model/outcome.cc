#include "model/outcome.h"

namespace holdfast {

std::string_view name_of(OutcomeStatus status) {
  switch (status) {
    case OutcomeStatus::kRecorded: return "recorded";
    case OutcomeStatus::kAccepted: return "accepted";
    case OutcomeStatus::kDuplicate: return "duplicate";
    case OutcomeStatus::kRefused: return "refused";
    case OutcomeStatus::kRejected: return "rejected";
    case OutcomeStatus::kParked: return "parked";
  }
  return "rejected";
}

}  // namespace holdfast
