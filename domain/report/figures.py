"""Every figure of the report, in the order in which it is written: one more is one more row, and what counts it.

Source: the report on Donggang – 一轴三联三进, 网格一线工作法, 四单办结法. What is counted of rows is counted by
``storage/report.py`` and ``city/report/ground.py`` under the figure's name.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.grids import Level
from domain.report.figure import Chapter, Kind, ReportFigure, Together, When
from domain.said import said

GROUND = Chapter("ground", said("The city and its grids"))
ORGANISATION = Chapter("organisation", said("Party branches and heads on the grids"))
AXIS = Chapter("axis", said("One axis: joint meetings on four levels"))
JOINTS = Chapter("joints", said("Three joints: bodies, councils, building groups"))
ENTERS = Chapter("enters", said("Three that enter: leaders, departments, working members"))
FRONT = Chapter("front", said("Work at the front line of the grids"))
SLIPS = Chapter("slips", said("Four slips: from raising to rating"))
CATCH_ALL = Chapter("catch_all", said("Catch-all lists: organisations on the grids"))

CHAPTERS = (GROUND, ORGANISATION, AXIS, JOINTS, ENTERS, FRONT, SLIPS, CATCH_ALL)

NOW, DAY, PERIOD = When.NOW, When.DAY, When.PERIOD
F = ReportFigure

FIGURES: tuple[ReportFigure, ...] = (
    # --- the city and its grids -----------------------------------------------------------------------------------
    F(name="area", chapter=GROUND, title=said("Urban area (km²)"), when=NOW, kind=Kind.AREA,
      formula=said("Area of the grids of the plan in force")),
    F(name="streets", chapter=GROUND, title=said("Streets"), when=NOW, formula=said("Streets over the grids of the plan in force")),
    F(name="communities", chapter=GROUND, title=said("Communities"), when=NOW, source="grids", level=Level.COMMUNITY,
      formula=said("Community grids of the plan in force: one for each community")),
    F(name="residents", chapter=GROUND, title=said("Residents"), when=NOW, formula=said("As the city's facts say; nobody is counted here")),
    F(name="registered", chapter=GROUND, title=said("Residents registered here"), when=NOW,
      formula=said("As the city's facts say; nobody is counted here")),
    F(name="from_elsewhere", chapter=GROUND, title=said("Residents from elsewhere"), when=NOW, kind=Kind.LESS,
      of=("residents", "registered"), formula=said("Residents − residents registered here")),
    F(name="compounds", chapter=GROUND, title=said("Residential compounds"), when=NOW, together=Together.DISTINCT,
      formula=said("Compounds that the buildings of the plan in force belong to")),
    F(name="buildings", chapter=GROUND, title=said("Residential buildings"), when=NOW, formula=said("Units with households")),
    F(name="households", chapter=GROUND, title=said("Households"), when=NOW, formula=said("Households of the grids")),
    F(name="grids_compound", chapter=GROUND, title=said("Level-2 grids"), when=NOW, source="grids", level=Level.COMPOUND,
      formula=said("Compound grids of the plan in force")),
    F(name="grids_building", chapter=GROUND, title=said("Level-3 grids"), when=NOW, source="grids", level=Level.BUILDING,
      formula=said("Building grids of the plan in force")),
    F(name="households_each", chapter=GROUND, title=said("Households of a level-3 grid, on average"), when=NOW, kind=Kind.EACH,
      of=("households", "grids_building"), formula=said("Households ÷ level-3 grids")),
    # --- organisation ---------------------------------------------------------------------------------------------
    F(name="branches", chapter=ORGANISATION, title=said("Party branches on grids"), when=NOW, source="organisations",
      level=Level.COMPOUND, formula=said("Organisations on the compound grids")),
    F(name="heads_community", chapter=ORGANISATION, title=said("Heads of level-1 grids"), when=DAY, source="heads",
      level=Level.COMMUNITY, formula=said("Terms of heads that run on the day")),
    F(name="heads_compound", chapter=ORGANISATION, title=said("Heads of level-2 grids"), when=DAY, source="heads",
      level=Level.COMPOUND, formula=said("Terms of heads that run on the day")),
    F(name="members_building", chapter=ORGANISATION, title=said("Members of level-3 grids"), when=DAY, source="heads",
      level=Level.BUILDING, formula=said("Terms of heads that run on the day")),
    F(name="fund_granted", chapter=ORGANISATION, title=said("Granted to branches (¥)"), kind=Kind.YUAN, rights="fund",
      formula=said("Grants in the branches' books, less those taken back")),
    F(name="fund_branches", chapter=ORGANISATION, title=said("Branches with a grant"), together=Together.DISTINCT,
      source="fund_granted", rights="fund", formula=said("Branches whose book has a grant of the period")),
    F(name="fund_each", chapter=ORGANISATION, title=said("Granted to each branch (¥)"), kind=Kind.EACH,
      of=("fund_granted", "fund_branches"), formula=said("Granted to branches ÷ branches with a grant")),
    F(name="fund_spent", chapter=ORGANISATION, title=said("Spent by branches (¥)"), kind=Kind.YUAN, rights="fund",
      formula=said("Spending in the branches' books, less what was taken back")),
    F(name="allowances", chapter=ORGANISATION, title=said("Allowances approved (¥)"), kind=Kind.YUAN, rights="allowances",
      formula=said("Allowances of the months of the period that were approved or decided")),
    # --- one axis -------------------------------------------------------------------------------------------------
    F(name="meetings_held", chapter=AXIS, title=said("Joint meetings held"), rights="meetings",
      formula=said("Closed meetings of communities, streets and the city, without the compounds' councils")),
    F(name="matters_settled", chapter=AXIS, title=said("Matters settled at their own level"), rights="meetings",
      formula=said("Matters of closed meetings, none from below, with the outcome settled")),
    F(name="matters_moved_up", chapter=AXIS, title=said("Matters moved up"), rights="meetings",
      formula=said("Matters of closed meetings that were moved up, each counted once where it came from")),
    F(name="moved_up_settled", chapter=AXIS, title=said("Of these settled above"), rights="meetings",
      formula=said("Matters moved up that a meeting above settled, at once or by what it assigned")),
    F(name="councils_held", chapter=AXIS, title=said("Councils of compounds held"), rights="meetings",
      formula=said("Closed meetings of compounds, which are counted apart")),
    # --- three joints ---------------------------------------------------------------------------------------------
    F(name="bodies", chapter=JOINTS, title=said("Collaborative bodies"), when=NOW, rights="bodies", formula=said("Bodies of the communities")),
    F(name="functions", chapter=JOINTS, title=said("Functions of the bodies"), together=Together.DISTINCT, source="deeds",
      rights="bodies", formula=said("Functions that deeds done in the period belong to")),
    F(name="body_units", chapter=JOINTS, title=said("Member units of the bodies"), when=DAY, rights="bodies",
      formula=said("Units that belong to a body on the day")),
    F(name="deeds_done", chapter=JOINTS, title=said("Deeds done for the people"), source="deeds", rights="bodies",
      formula=said("Deeds of the bodies that were done in the period")),
    F(name="help", chapter=JOINTS, title=said("Help in money and goods (¥)"), kind=Kind.YUAN, rights="bodies",
      formula=said("What the deeds done in the period were worth")),
    F(name="councils", chapter=JOINTS, title=said("Compound councils of three sides"), when=DAY, rights="councils",
      formula=said("Grids in whose council branch, property company and owners' committee all have somebody")),
    F(name="cross_held", chapter=JOINTS, title=said("People with posts on more than one side"), when=DAY, rights="councils",
      formula=said("Holders of posts on several sides of one council")),
    F(name="building_groups", chapter=JOINTS, title=said("Joint building groups"), when=NOW, rights="building_groups",
      formula=said("Groups of the grids")),
    F(name="centres", chapter=JOINTS, title=said("Member households' centres"), when=NOW, rights="building_groups",
      formula=said("Centres of the joint building groups")),
    # --- three that enter -----------------------------------------------------------------------------------------
    F(name="leaders", chapter=ENTERS, title=said("City leaders with a community"), when=NOW, formula=said("Leaders, each with a community")),
    F(name="leaders_came", chapter=ENTERS, title=said("Leaders who visited their community"), together=Together.DISTINCT,
      source="leader_visits", rights="leader_visits", formula=said("Leaders with a visit in the period; a meeting attended is none")),
    F(name="leader_visits", chapter=ENTERS, title=said("Visits of leaders"), rights="leader_visits",
      formula=said("Visits of leaders in the period, without meetings attended")),
    F(name="departments", chapter=ENTERS, title=said("Departments linked to a community"), when=NOW, together=Together.DISTINCT,
      source="department_links", formula=said("Departments in the list of links")),
    F(name="linked_communities", chapter=ENTERS, title=said("Communities with linked departments"), when=NOW,
      together=Together.DISTINCT, formula=said("Communities in the list of links, also those that have no grid here")),
    F(name="links_least", chapter=ENTERS, title=said("Departments of a community, the fewest"), when=NOW,
      together=Together.LEAST, source="linked_communities", formula=said("The smallest number of departments linked to one community")),
    F(name="links_most", chapter=ENTERS, title=said("Departments of a community, the most"), when=NOW, together=Together.MOST,
      source="linked_communities", formula=said("The largest number of departments linked to one community")),
    F(name="assessed", chapter=ENTERS, title=said("Communities whose assessment is valid"), rights="assessment",
      formula=said("Communities with at least 50 answers in the rounds closed in the period")),
    F(name="working_members", chapter=ENTERS, title=said("Working members checked in"), when=DAY, rights="working_members",
      formula=said("Members who belong to a grid branch on the day")),
    F(name="posts", chapter=ENTERS, title=said("Kinds of posts"), when=DAY, together=Together.DISTINCT, rights="working_members",
      formula=said("Kinds of posts that members checked in hold")),
    F(name="teams", chapter=ENTERS, title=said("Kinds of volunteer teams"), when=DAY, together=Together.DISTINCT,
      rights="working_members", formula=said("Kinds of teams that members checked in belong to")),
    F(name="zones", chapter=ENTERS, title=said("Kinds of responsibility zones"), when=DAY, together=Together.DISTINCT,
      rights="working_members", formula=said("Kinds of zones that members checked in look after")),
    F(name="study_groups", chapter=ENTERS, title=said("Study groups"), when=DAY, together=Together.DISTINCT,
      rights="working_members", formula=said("Study groups that members checked in belong to")),
    F(name="attended", chapter=ENTERS, title=said("Times that members served at activities"), rights="working_members",
      formula=said("Sign-ups to activities of the period whose hours were confirmed")),
    F(name="paired", chapter=ENTERS, title=said("Households paired with members"), when=DAY, rights="working_members",
      formula=said("Households with which members checked in are paired")),
    F(name="problems_solved", chapter=ENTERS, title=said("Problems that members helped to solve"), rights="working_members",
      formula=said("Problems that members helped to settle at activities of the period")),
    # --- the front line -------------------------------------------------------------------------------------------
    F(name="visits", chapter=FRONT, title=said("Visits from door to door"), rights="visits", formula=said("Visits written down, without those taken back")),
    F(name="visited", chapter=FRONT, title=said("Buildings visited"), together=Together.DISTINCT, source="visits",
      rights="visits", formula=said("Buildings with a visit in the period")),
    F(name="coverage", chapter=FRONT, title=said("Coverage of visits"), kind=Kind.RATE, of=("visited", "buildings"),
      formula=said("Buildings visited ÷ residential buildings × 100 %")),
    F(name="visits_solved", chapter=FRONT, title=said("Solved at the door"), rights="visits",
      formula=said("Visits at which something was learned and solved on the spot")),
    F(name="orders_delivered", chapter=FRONT, title=said("Orders of residents delivered"), rights="orders",
      formula=said("Orders of services that were delivered in the period")),
    F(name="grid_settled", chapter=FRONT, title=said("Matters settled by the grids themselves"), rights="tickets",
      formula=said("Tickets closed in the period that no department had")),
    F(name="served", chapter=FRONT, title=said("Services given to residents"), kind=Kind.SUM,
      of=("grid_settled", "visits", "orders_delivered"),
      formula=said("Matters settled by the grids + visits from door to door + orders delivered")),
    F(name="passed_up", chapter=FRONT, title=said("Matters passed up"), rights="tickets",
      formula=said("Tickets raised in the period whose holder is a unit above the grid they lie in")),
    F(name="disputes", chapter=FRONT, title=said("Disputes mediated"), rights="tickets",
      formula=said("Tickets about disputes that were closed in the period")),
    F(name="needs", chapter=FRONT, title=said("Needs listed"), rights="needs", formula=said("Needs entered in the period")),
    F(name="needs_met", chapter=FRONT, title=said("Needs met"), rights="needs", formula=said("Needs met in the period")),
    F(name="resources", chapter=FRONT, title=said("Resources offered"), when=NOW, rights="resources", formula=said("Active resources of the lists")),
    F(name="services", chapter=FRONT, title=said("Services offered to residents"), when=NOW, rights="services",
      formula=said("Active services of the lists")),
    # --- the four slips -------------------------------------------------------------------------------------------
    F(name="raised", chapter=SLIPS, title=said("Tickets raised"), rights="tickets", formula=said("Tickets raised in the period")),
    F(name="on_the_spot", chapter=SLIPS, title=said("Number settled on the spot"), rights="tickets",
      formula=said("Tickets raised in the period and settled on the spot")),
    F(name="self_settled", chapter=SLIPS, title=said("Self-settling rate"), kind=Kind.RATE, of=("on_the_spot", "raised"),
      formula=said("Settled on the spot ÷ raised × 100 %")),
    F(name="by_departments", chapter=SLIPS, title=said("Problems settled by departments"), rights="tickets",
      formula=said("Tickets closed in the period that a department had")),
    F(name="handled", chapter=SLIPS, title=said("Handled (closed)"), rights="tickets",
      formula=said("Tickets whose deadline lies in the period and that were handled")),
    F(name="due", chapter=SLIPS, title=said("Cases due N"), rights="tickets",
      formula=said("Handled + overdue and not handled")),
    F(name="closed_rate", chapter=SLIPS, title=said("Closing rate"), kind=Kind.RATE, of=("handled", "due"), formula=said("Closed ÷ N × 100 %")),
    F(name="on_time", chapter=SLIPS, title=said("Closed on time"), rights="tickets",
      formula=said("Tickets whose deadline lies in the period and that were handled before it")),
    F(name="on_time_rate", chapter=SLIPS, title=said("On-time closing rate"), kind=Kind.RATE, of=("on_time", "due"),
      formula=said("Closed on time ÷ N × 100 %")),
    F(name="asked", chapter=SLIPS, title=said("Ratings asked for"), rights="tickets", formula=said("Ratings asked for in the period")),
    F(name="rated", chapter=SLIPS, title=said("Ratings given"), rights="tickets", formula=said("Of those asked for in the period, the answered ones")),
    F(name="rated_rate", chapter=SLIPS, title=said("Rating rate"), kind=Kind.RATE, of=("rated", "asked"), formula=said("Rated ÷ asked × 100 %")),
    F(name="satisfied", chapter=SLIPS, title=said("Number satisfied"), rights="tickets",
      formula=said("Of those asked for in the period, the satisfied ones")),
    F(name="satisfied_rate", chapter=SLIPS, title=said("Satisfaction rate"), kind=Kind.RATE, of=("satisfied", "rated"),
      formula=said("Satisfied ÷ rated × 100 %")),
    # --- the catch-all lists --------------------------------------------------------------------------------------
    F(name="economic", chapter=CATCH_ALL, title=said("New economic organisations"), when=NOW, rights="outside",
      formula=said("New economic organisations on the lists")),
    F(name="social", chapter=CATCH_ALL, title=said("New social organisations"), when=NOW, rights="outside",
      formula=said("New social organisations on the lists")),
    F(name="grass_roots", chapter=CATCH_ALL, title=said("Grass-roots organisations"), when=NOW, rights="outside",
      formula=said("Grass-roots organisations on the lists")),
    F(name="outside", chapter=CATCH_ALL, title=said("Organisations on the lists"), when=NOW, kind=Kind.SUM,
      of=("economic", "social", "grass_roots"), formula=said("New economic + new social + grass-roots organisations")),
    F(name="with_party", chapter=CATCH_ALL, title=said("With a Party organisation"), when=NOW, rights="outside",
      formula=said("Organisations on the lists with their own or a joint Party organisation")),
    F(name="party_rate", chapter=CATCH_ALL, title=said("Share with a Party organisation"), when=NOW, kind=Kind.RATE,
      of=("with_party", "outside"), formula=said("With a Party organisation ÷ organisations on the lists × 100 %")),
)  # fmt: skip
"""In the order of the chapters."""

BY_NAME: Mapping[str, ReportFigure] = {figure.name: figure for figure in FIGURES}


def of_chapter(chapter: Chapter) -> tuple[ReportFigure, ...]:
    """The figures of a chapter."""
    return tuple(figure for figure in FIGURES if figure.chapter is chapter)
