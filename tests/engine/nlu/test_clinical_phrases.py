"""How patients say it: lay words, brands and indirect statements, with the assertion that they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.nlu.clinical_analyser import ClinicalAnalyser
from engine.nlu.lexicon import KnowledgeError, load_knowledge, parse_knowledge
from engine.nlu.tokens import tokenize

ANALYSER = ClinicalAnalyser.of(load_knowledge(Path(__file__).parents[3] / "knowledge"))
OWN = """
pregnancy: the midwife says I'm 20 weeks tomorrow
pregnancy: third baby due february. still ok?
pregnancy: we've a little one arriving in the new year and I'd quite forgotten to say
pregnancy: I should perhaps own up that I am expecting.
pregnancy: I don't drink because I'm pregnant
breastfeeding: My little lad is six months and I feed him myself still.
breastfeeding: expressing milk three times daily at the minute
breastfeeding: my baby only takes the breast
isotretinoin_current: The doctor has put me on Roaccutane, forty milligrams, since August.
isotretinoin_current: can't have waxing as I'm on Accutane
isotretinoin_current: taking isotroin at night
eczema: It's eczema, so I'm told, on both lids.
eczema: I noticed eczema on my chin
psoriasis: I've been under the hospital for psoriasis these ten years.
psoriasis: I've never told anyone but I have psoriasis on my scalp
blood_thinner: my GP has me on clopidogrel
blood_thinner: Would the Eliquis I'm on stand in the way?
blood_thinner: tablets to stop my blood clotting
heart_condition: on the pill for my BP
bleeding_disorder: My blood doesn't clot as it should.
bleeding_disorder: they found my platelets to be rather low
bleeding_disorder: I bruise if you so much as look at me
chemotherapy: fourth cycle of chemo next tuesday
chemotherapy: I'm on my last two rounds of chemo, hair just coming back
skin_cancer_in_area: I'm waiting on the results for a mole they removed
skin_cancer_in_area: there's a scaly patch on my temple which never heals
metal_allergy: I can't have anything but gold in my ears or they weep
metal_allergy: I mustn't have nickel near my skin
metal_allergy: any cheap earring and my ears swell and weep
anaesthetic_allergy: lidocaine and me dont mix, swelled up like a balloon
anaesthetic_allergy: I had a bad turn with novocaine once
anaesthetic_allergy: there's a note on my file about novocaine, a reaction
open_wound: I came off my bicycle on Sunday and grazed my chin.
open_wound: my dog nipped my cheek, tiny puncture
open_wound: I burnt my forehead on the curling iron
active_skin_infection: a boil has come up by my nose
severe_acne: covered in spots like a teenager
under_18: my mum said to ask as I'm only fifteen
pregnancy: gave up wine, being pregnant and all
isotretinoin_current: given up waxing since starting Roaccutane
chemotherapy: on tablets for the cancer
skin_cancer_in_area: my doctor does not like the look of a mole
under_18: I turn eighteen in November.
under_18: junior in high school, can my mom sign
under_22: at nineteen am i too young
cold_sore_history: I'm a martyr to cold sores.
diabetes: type 2, tablets only
sunburn: just back from Spain with a deep tan
dark_marks: every scratch leaves me with a brown mark for months
eczema: I couldn't claim to have no eczema, my elbows are covered
blood_thinner: it'd be a lie to say I'm not on blood thinners
pregnancy: I'd be lying if I said I wasn't pregnant
cold_sore_active: hardly a month goes past without a cold sore
epilepsy: I can't pretend I don't have epilepsy
heart_condition: I can't tell you I have no heart condition
blood_thinner: they never took me off the apixaban
isotretinoin_current: nobody has told me to stop roaccutane and I still take it
psoriasis: not eczema, sorry, psoriasis
pregnancy: earlier I wrote that I was not pregnant, the test today says otherwise
breastfeeding: I said not breastfeeding but that's wrong, I am
under_18: I put 19 on the form but I'm really 16
under_18: told you 20, truth is 16
under_18: 15, bad acne
under_18: Hi, 17 with pitted scars on my cheeks
under_22: 20, scars on both cheeks, is it for me
recent_botulinum_toxin: my botox wore off last month
recent_botulinum_toxin: 20 units of botox monday
recent_surgery: my surgery was in september
pregnancy: I am expecting and waiting for a call from my midwife
pregnancy: the scan found twins
breastfeeding: my daughter still takes the breast
breastfeeding: our baby is four months and still on the boob at bedtime
trying_to_conceive: came off the pill, giving it a go
cold_sore_history: whenever I'm tired the herpes comes out on my mouth
sunburn: slept on the beach and I'm a lobster
blood_thinner: on a tablet for blood clots
recent_filler: when I had my lip filler it bruised, that was last week
bleeding_disorder: platelets around 55
bleeding_disorder: plt 62
radiotherapy: going in for beams to the throat daily
chemotherapy: on the drip every fortnight, three to go
metal_allergy: can't wear any metal, goes red
metal_allergy: patch test said Ni
anaesthetic_allergy: anything ending in caine swells me up
open_wound: a slip of the razor, still bleeding on and off
skin_cancer_in_area: my GP called them AKs
eczema: should I cover the eczema on my arm
eczema: don't ignore what I said about my eczema, it is bad
"""
OTHERWISE = """
negated pregnancy: no chance I'm pregnant, I've had a hysterectomy
negated metal_allergy: I'm fine with all metals.
negated anaesthetic_allergy: no reaction to lidocaine ever
negated heart_condition: heart is fine, i was checked
negated recent_laser: no peels or lasers this year
negated active_skin_infection: all clear for ringworm
negated hepatitis: hep b and c negative
negated psoriasis: thought it might be psoriasis but the biopsy said otherwise
hypothetical pregnancy: Were I to fall pregnant halfway through, what would happen?
hypothetical sunburn: if i catch the sun would you cancel?
hypothetical isotretinoin_current: My doctor is talking of putting me on isotretinoin.
hypothetical keloid: My one fear is being left with a keloid.
hypothetical eczema: I worry I shall end up with eczema from it.
historical eczema: I was plagued with eczema as a girl but it left me at fourteen.
historical recent_surgery: had my nose done in 1998
other_person blood_thinner: my pa is on warfarin
other_person psoriasis: mom and aunt both have psoriasis
other_person epilepsy: i teach kids with epilepsy
other_person pregnancy: My sister-in-law is expecting and would like to come
general psoriasis: What is the position regarding psoriasis?
negated pregnancy: it would be a lie to say I'm pregnant
negated eczema: it's not true that I have eczema
negated eczema: I said eczema before, I meant psoriasis
negated diabetes: please disregard the bit about diabetes, wrong patient
negated pregnancy: not expecting, thank god
negated hepatitis: liver enzymes are normal
negated metal_allergy: no metal bothers my skin
hypothetical chemotherapy: were the cancer to return I'd be starting chemo
hypothetical cold_sore_active: should a cold sore appear that week, do I ring you
hypothetical blood_thinner: if my doctor starts me on warfarin
hypothetical isotretinoin_current: if derm gives me accutane
hypothetical recent_filler: how long after needling can they do my filler
hypothetical recent_botulinum_toxin: my botox is due in june, what order should I do them in
hypothetical recent_laser: the same day as laser, is that ok
historical blood_thinner: I was on blood thinners for three months, two summers ago, and nothing since
historical chemotherapy: chemo over and done with in 2015
historical psoriasis: psoriasis came once in my twenties and never came again
historical breastfeeding: I breastfed my two, they're teenagers now
historical breastfeeding: I nursed my two but the eldest is in college now
hypothetical recent_botulinum_toxin: I want to get my forehead injected, do you do that
historical epilepsy: had fits as a little girl, none in thirty years
other_person blood_thinner: the warfarin my dad takes
other_person implanted_device: granddad has a pacemaker
other_person pregnancy: my colleague's pregnant and asked me
other_person bleeding_disorder: asking for my uncle, who is a haemophiliac
other_person chemotherapy: sister in law is having chemo
other_person under_18: my lad is 15
other_person keloid: my brother gets keloids but mine heal flat
"""
NOTHING = """
the follicles have yellow heads since the needling
there's a nick on my cheek, day two
numb bit by my nose since the session
dark spots on my cheeks from the sun
my heart rate goes up when i run
is laser better than needling
are you still open
price in inr
I live near the nursing college, do you have parking
nursing is my job
I'm expecting a delivery on Friday, could we move to Saturday
they took my blood at the surgery and all was fine
my surgery sent you a letter
should I not wear a watch to my session
16 friday works
20 scar sessions
15 minutes late, sorry
I'm actually 17 minutes away
I've the skin of a fifteen year old since you did me
platelet rich plasma at 45
two lines on my forehead, can needling fix them
vitamin drip then needling, two to go
red like a lobster after you did me
I came off the pill and my skin is oily
"""


def lines(text: str) -> list[tuple[str, str]]:
    """Return the lines of a text as what is before and after the first colon."""
    pairs = (line.partition(": ") for line in text.strip().splitlines())
    return [(before, after) for before, _, after in pairs]


def found(text: str) -> set[tuple[str, str | None]]:
    """Return the conditions of a text with their assertions."""
    return {(one.value, one.assertion) for one in ANALYSER.analyse(text) if one.entity == "condition"}


@pytest.mark.parametrize(("key", "text"), lines(OWN))
def test_an_own_present_condition_is_heard_however_it_is_put(key: str, text: str) -> None:
    assert (key, "present") in found(text)


@pytest.mark.parametrize(("meaning", "text"), lines(OTHERWISE))
def test_what_is_not_the_persons_own_and_present_is_told_apart(meaning: str, text: str) -> None:
    assertion, key = meaning.split()
    assert (key, assertion) in found(text)


@pytest.mark.parametrize("text", NOTHING.strip().splitlines())
def test_what_only_sounds_like_a_condition_is_left_alone(text: str) -> None:
    assert not {key for key, assertion in found(text) if assertion == "present"}


@pytest.mark.parametrize("place", ["all over my chin", "all over"])
def test_all_over_is_a_place_and_no_end(place: str) -> None:
    assert found(f"pimples are {place} today") == {("severe_acne", "present")}


def test_a_named_allergy_stands_for_the_plain_word() -> None:
    assert found("emla gave me hives, so im allergic") == {("anaesthetic_allergy", "present")}
    assert ("other_allergy", "negated") in found("no allergies but emla gave me hives")


def test_metformin_for_polycystic_ovaries_is_no_diabetes() -> None:
    assert found("i take metformin for my pcos") == set()
    assert found("i take metformin") == {("diabetes", "present")}


def test_what_a_pattern_spans_but_does_not_use_is_still_found() -> None:
    assert found("metal, eczema, rash: i get the lot") >= {
        ("metal_allergy", "present"),
        ("eczema", "present"),
    }


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("my mom doesn't have trouble breathing", "negated"),
        ("what should i do if my lips swell", "hypothetical"),
        ("what do i do my lips are swelling", "present"),
        ("somebody has collapsed in your waiting room", "present"),
        ("my throat is closing, never had this before", "present"),
    ],
)
def test_how_a_danger_sign_is_meant(text: str, assertion: str) -> None:
    signs = {one.assertion for one in ANALYSER.analyse(text) if one.tier == "emergency"}
    assert signs == {assertion}


def test_a_slip_is_not_corrected_to_a_plural_that_nobody_wrote() -> None:
    conditions = {"conditions": {"keloid": {"category": "review", "phrases": ["acitrom"]}}}
    symptoms = {"signs": {"pus": {"tier": "urgent", "phrases": ["pus"]}}}
    analyser = ClinicalAnalyser(conditions, symptoms)
    assert [token.norm for token in tokenize("acitrm acitroms", analyser._speller)] == ["acitrom", "acitroms"]


@pytest.mark.parametrize("name", ["patterns", "exclude_patterns"])
def test_a_pattern_that_is_no_list_of_lists_is_named(name: str) -> None:
    conditions = {"conditions": {"keloid": {"category": "review", "phrases": ["keloid"], name: ["scar"]}}}
    with pytest.raises(KnowledgeError, match=f"conditions.keloid.{name}"):
        parse_knowledge(conditions, {"signs": {"pus": {"tier": "urgent", "phrases": ["pus"]}}})


def test_the_type_of_another_illness_is_no_diabetes() -> None:
    assert found("vwd, the type 2 sort") == {("bleeding_disorder", "present")}


def test_what_a_blood_thinner_is_for_is_told_with_it() -> None:
    assert found("if the cardiologist puts me on warfarin") == {("blood_thinner", "hypothetical")}
    assert ("heart_condition", "present") in found("I had a clot in my leg")


def test_an_age_to_come_tells_the_age_now() -> None:
    assert found("I will be 18 in May, may I book") == {("under_18", "present")}
    assert found("pretend I am 17") == {("under_18", "hypothetical")}
